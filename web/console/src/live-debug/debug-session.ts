/**
 * One session of live debug: connects, reads on where it was after a break, says what is missing, falls back to
 * polling where streams do not come through, and warns before it ends. It holds no lines.
 */

import { ApiError } from "../api/api-error.ts";
import { type DebugLine, parseDebugLine } from "./debug-line.ts";
import type { LineSource } from "./line-source.ts";
import type { SessionClock } from "./session-clock.ts";
import { SseParser } from "./sse-parser.ts";

export type SessionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live"; readonly endsAt: number }
  | { readonly kind: "reconnecting"; readonly since: number; readonly attempt: number }
  | { readonly kind: "polling"; readonly endsAt: number }
  /** `error` is null where somebody stopped it or its time was up. */
  | { readonly kind: "ended"; readonly reason: string; readonly error: unknown };

export interface SessionEvents {
  readonly lines: (lines: readonly DebugLine[]) => void;
  readonly mark: (kind: "gap" | "note", text: string) => void;
  readonly state: (state: SessionState) => void;
}

/** The gateway sends something every five seconds; silence three times as long is a dead connection. */
const SILENCE_MS = 15_000;
const POLL_MS = 5_000;
/** Failed attempts in a row before stored lines are read instead. */
const ATTEMPTS_BEFORE_POLLING = 4;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 8_000;
const REMEMBERED_LINES = 4_096;
/** What the gateway says in a stream where it can tell that lines are gone. */
const GAP = "not kept any more";

export class DebugSession {
  readonly #source: LineSource;
  readonly #events: SessionEvents;
  readonly #clock: SessionClock;
  readonly #sessionMs: number;
  readonly #seen = new Set<string>();
  #lastId: string | null = null;
  #running: AbortController | null = null;
  #endsAt = 0;
  #brokenSince: number | null = null;
  /** Lines since a break was over; -1 while nobody counts. */
  #recovered = -1;
  #failures = 0;
  #stopTimer: () => void = () => {};
  #stopSilence: () => void = () => {};

  constructor(source: LineSource, events: SessionEvents, clock: SessionClock, sessionSeconds: number) {
    this.#source = source;
    this.#events = events;
    this.#clock = clock;
    this.#sessionMs = sessionSeconds * 1000;
  }

  start(): void {
    this.#events.state({ kind: "connecting" });
    this.#connect();
  }

  /** Begins another session behind the last line of this one; nothing is lost between them. */
  extend(): void {
    this.#halt();
    this.#connect();
  }

  /** Tries at once, instead of when the wait is over. */
  reconnect(): void {
    this.#halt();
    this.#failures = 0;
    this.#brokenSince ??= this.#clock.now();
    this.#connect();
  }

  stop(): void {
    this.#end("stopped", null);
  }

  #end(reason: string, error: unknown): void {
    this.#halt();
    this.#events.state({ kind: "ended", reason, error });
  }

  #halt(): void {
    this.#running?.abort();
    this.#running = null;
    this.#stopTimer();
    this.#stopSilence();
  }

  #connect(): void {
    const running = new AbortController();
    this.#running = running;
    const parser = new SseParser();
    let ending: string | null = null;
    let hasArrived = false;
    this.#listen(running);
    const text = (piece: string) => {
      if (this.#running !== running) return;
      this.#listen(running);
      if (!hasArrived) this.#arrived();
      hasArrived = true;
      const lines: DebugLine[] = [];
      for (const event of parser.push(piece)) {
        if (event.id !== null) this.#lastId = event.id;
        if (event.event === "end") ending = endingOf(event.data);
        else if (event.event === "message") lines.push(...this.#fresh(parseDebugLine(event.data)));
      }
      this.#took(lines);
    };
    this.#source.stream(this.#lastId, running.signal, text).then(
      () => this.#closed(running, ending),
      (error: unknown) => this.#failed(running, error),
    );
  }

  /** The connection lives: something came. */
  #arrived(): void {
    this.#failures = 0;
    this.#endsAt = this.#clock.now() + this.#sessionMs;
    this.#events.state({ kind: "live", endsAt: this.#endsAt });
    const since = this.#brokenSince;
    this.#brokenSince = null;
    if (since === null) return;
    this.#recovered = 0;
    this.#sayRecovered(since);
  }

  /** Says what came back, a moment later: the lines of the break are on their way. */
  #sayRecovered(since: number): void {
    const seconds = Math.max(1, Math.round((this.#clock.now() - since) / 1000));
    this.#stopTimer();
    this.#stopTimer = this.#clock.after(1_000, () => {
      const lines = this.#recovered === 1 ? "1 line" : `${this.#recovered} lines`;
      this.#events.mark("note", `Reconnected after ${seconds} s, ${lines} recovered`);
      this.#recovered = -1;
    });
  }

  #took(lines: readonly DebugLine[]): void {
    if (lines.length === 0) return;
    if (this.#recovered >= 0) this.#recovered += lines.length;
    const shown: DebugLine[] = [];
    for (const line of lines) {
      if (line.stream === "platform" && line.message.includes(GAP)) {
        if (shown.length > 0) this.#events.lines(shown.splice(0));
        this.#events.mark("gap", line.message);
      } else shown.push(line);
    }
    if (shown.length > 0) this.#events.lines(shown);
  }

  /** A line may come twice, as when a connection broke before it was taken note of. */
  #fresh(line: DebugLine | null): DebugLine[] {
    if (line === null) return [];
    if (line.lineId === "") return [line];
    if (this.#seen.has(line.lineId)) return [];
    this.#seen.add(line.lineId);
    if (this.#seen.size > REMEMBERED_LINES) {
      const [oldest] = this.#seen;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return [line];
  }

  #listen(running: AbortController): void {
    this.#stopSilence();
    this.#stopSilence = this.#clock.after(SILENCE_MS, () => {
      if (this.#running !== running) return;
      running.abort();
      this.#broken(running);
    });
  }

  #closed(running: AbortController, ending: string | null): void {
    if (this.#running !== running) return;
    if (ending === "limit" || ending === "refused") {
      this.#end(ending, null);
      return;
    }
    // A gateway that stops, or a connection that was cut: another one goes on behind the last line.
    this.#broken(running);
  }

  #failed(running: AbortController, error: unknown): void {
    if (this.#running !== running) return;
    if (error instanceof ApiError && isFinal(error)) this.#end("refused", error);
    else this.#broken(running);
  }

  #broken(running: AbortController): void {
    if (this.#running !== running) return;
    this.#halt();
    this.#failures += 1;
    this.#brokenSince ??= this.#clock.now();
    if (this.#failures >= ATTEMPTS_BEFORE_POLLING) {
      this.#poll();
      return;
    }
    this.#events.state({ kind: "reconnecting", since: this.#brokenSince, attempt: this.#failures });
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
    this.#stopTimer = this.#clock.after(wait, () => this.#connect());
  }

  #poll(): void {
    const running = new AbortController();
    this.#running = running;
    if (this.#endsAt <= this.#clock.now()) this.#endsAt = this.#clock.now() + this.#sessionMs;
    this.#events.state({ kind: "polling", endsAt: this.#endsAt });
    const again = () => {
      if (this.#running !== running) return;
      if (this.#clock.now() >= this.#endsAt) {
        this.#end("limit", null);
        return;
      }
      this.#source.poll(this.#lastId, running.signal).then(
        ({ lines, lastId }) => {
          if (this.#running !== running) return;
          if (lastId !== "") this.#lastId = lastId;
          this.#took(lines.flatMap((line) => this.#fresh(line)));
          this.#stopTimer = this.#clock.after(POLL_MS, again);
        },
        (error: unknown) => {
          if (this.#running !== running) return;
          if (error instanceof ApiError && isFinal(error)) this.#end("refused", error);
          else this.#stopTimer = this.#clock.after(POLL_MS, again);
        },
      );
    };
    again();
  }
}

/** Whether asking again can help: too many sessions at once, or trouble on the way, pass. */
function isFinal(error: ApiError): boolean {
  return error.status >= 400 && error.status < 500 && error.status !== 408;
}

function endingOf(data: string): string {
  try {
    const { reason } = JSON.parse(data) as { reason?: unknown };
    return typeof reason === "string" ? reason : "error";
  } catch {
    return "error";
  }
}
