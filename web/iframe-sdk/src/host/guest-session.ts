import { accepts } from "../contract/accepts.ts";
import { LIMITS } from "../contract/limits.ts";
import {
  type ApiAnswer,
  type Call,
  type Context,
  checkApiAnswer,
  checkGuestMessage,
  type ErrorCode,
  type HostMessage,
} from "../contract/messages.ts";
import { isRecord } from "../contract/shapes.ts";
import { sizeWithin } from "../contract/size-within.ts";
import { AnnexError } from "../errors/annex-error.ts";
import type { DropReason } from "./bridge-report.ts";
import type { HostClock } from "./host-clock.ts";
import type { HostPorts } from "./host-ports.ts";
import { MessageBudget } from "./message-budget.ts";
import { SERVICES } from "./serve-call.ts";
import { serveNote } from "./serve-note.ts";
import type { TokenKeeper } from "./token-keeper.ts";

export interface SessionOptions {
  readonly port: MessagePort;
  /** What the guest has to say first on the port: the page in the frame is the one that was loaded. */
  readonly nonce: string;
  readonly context: () => Context;
  readonly ports: HostPorts;
  readonly tokens: TokenKeeper;
  readonly clock: HostClock;
  readonly resize: (height: number) => void;
  readonly ended: (reason: string) => void;
}

const OPEN_WITHIN_MS = 10_000;
// Who goes on for so long after being told is not clumsy.
const MOST_DROPPED = 1_000;

/** One guest on one port, from `open` to the end. Nothing it sends is believed before it was checked. */
export class GuestSession {
  readonly #inFlight = new Map<number, AbortController>();
  readonly #budget: MessageBudget;
  readonly #giveUp: () => void;
  #lastId = 0;
  #dropped = 0;
  #isOpen = false;
  #isClosed = false;

  constructor(private readonly options: SessionOptions) {
    const { port, clock } = options;
    this.#budget = new MessageBudget(LIMITS.messagesPerSecond, LIMITS.messageBurst, clock.now());
    this.#giveUp = clock.after(OPEN_WITHIN_MS, () => {
      if (!this.#isOpen) this.close("The guest did not open the port.");
    });
    port.onmessage = ({ data }: MessageEvent<unknown>) => this.#receive(data);
    port.onmessageerror = () => this.#drop("invalid", "a message could not be read");
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#isClosed;
  }

  emit(name: "theme" | "locale" | "path" | "context", value: unknown): void {
    if (this.isOpen) this.#send({ kind: "event", name, value });
  }

  close(reason: string): void {
    if (this.#isClosed) return;
    this.#send({ kind: "close", reason });
    this.#isClosed = true;
    this.#giveUp();
    for (const running of this.#inFlight.values()) running.abort();
    this.#inFlight.clear();
    this.options.port.close();
    this.options.ports.report?.({ kind: "closed", reason });
    this.options.ended(reason);
  }

  #receive(data: unknown) {
    if (this.#isClosed) return;
    const { ports, resize, nonce } = this.options;
    if (!this.#isTaken(data)) return;
    if (!accepts(checkGuestMessage, data))
      return this.#refuse(data, "invalid", checkGuestMessage(data, "message"));
    if (!this.#isOpen && data.kind !== "open") return this.#drop("not_opened");
    switch (data.kind) {
      case "open":
        if (this.#isOpen || data.nonce !== nonce) {
          this.#drop("wrong_nonce");
          return this.close("The page in the frame is not the one that was loaded.");
        }
        return this.#open();
      case "call":
        return this.#call(data);
      case "note": {
        const fault = serveNote(data, ports, resize);
        if (fault !== undefined) return this.#drop("invalid", fault);
        return ports.report?.({ kind: "noted", name: data.name });
      }
      case "cancel":
        this.#inFlight.get(data.id)?.abort();
        return;
      case "bye":
        return this.close("The guest left.");
    }
  }

  #isTaken(data: unknown): boolean {
    if (!this.#budget.take(this.options.clock.now())) {
      this.#refuse(data, "too_many");
      return false;
    }
    if (sizeWithin(data, LIMITS.messageSize)) return true;
    this.#refuse(data, "too_large");
    return false;
  }

  #open() {
    this.#isOpen = true;
    this.#giveUp();
    this.#send({ kind: "start", context: this.options.context(), features: Object.keys(SERVICES) });
  }

  #call(call: Call) {
    if (call.id <= this.#lastId) return this.#drop("replayed");
    this.#lastId = call.id;
    if (this.#inFlight.size >= LIMITS.callsInFlight) {
      return this.#sendRefusal(call.id, "BRIDGE_BUSY", "Too many calls are on their way.");
    }
    void this.#serve(call);
  }

  async #serve(call: Call): Promise<void> {
    const { clock, ports } = this.options;
    const running = new AbortController();
    const began = clock.now();
    this.#inFlight.set(call.id, running);
    let code: ErrorCode | undefined;
    try {
      const value = await this.#withinTime(call, running);
      if (this.#isClosed) return;
      if (call.method === "api" && accepts(checkApiAnswer, value)) this.#sendApiAnswer(call.id, value);
      else this.#send({ kind: "answer", id: call.id, value });
    } catch (error) {
      const told = toldTo(error);
      code = told.code;
      this.#sendRefusal(call.id, told.code, told.message);
    } finally {
      this.#inFlight.delete(call.id);
      ports.report?.({ kind: "called", method: call.method, ms: clock.now() - began, code });
    }
  }

  #withinTime(call: Call, running: AbortController): Promise<unknown> {
    const { timeoutMs, serve } = SERVICES[call.method];
    return new Promise((resolve, reject) => {
      const stop = this.options.clock.after(timeoutMs, () => {
        reject(new AnnexError("TIMEOUT", `The host did not answer within ${timeoutMs / 1000} s.`));
        running.abort();
      });
      running.signal.addEventListener("abort", () => {
        reject(new AnnexError("CANCELLED", "The call was cancelled."));
      });
      serve(call.params, this.options, running.signal).then(resolve, reject).finally(stop);
    });
  }

  #sendApiAnswer(id: number, answer: ApiAnswer) {
    const { body = "" } = answer;
    if (sizeWithin(answer, LIMITS.partSize)) return this.#send({ kind: "answer", id, value: answer });
    for (let at = 0; at < body.length; at += LIMITS.partSize) {
      this.#send({ kind: "part", id, text: body.slice(at, at + LIMITS.partSize) });
    }
    this.#send({ kind: "answer", id, value: { ...answer, body: undefined } });
  }

  // A call whose number can be read is told why it was dropped, as long as telling is worth it.
  #refuse(data: unknown, reason: "too_many" | "too_large" | "invalid", detail?: string) {
    this.#drop(reason, detail);
    const { kind, id }: { kind?: unknown; id?: unknown } = isRecord(data) ? data : {};
    if (kind !== "call" || !this.isOpen || typeof id !== "number" || id <= this.#lastId) return;
    if (!Number.isSafeInteger(id)) return;
    this.#lastId = id;
    this.#sendRefusal(id, REFUSED_AS[reason], detail ?? REFUSED_BECAUSE[reason]);
  }

  #drop(reason: DropReason, detail?: string) {
    this.options.ports.report?.({ kind: "dropped", reason, detail });
    this.#dropped += 1;
    if (this.#dropped >= MOST_DROPPED) this.close("The guest sent too much that could not be taken.");
  }

  #sendRefusal(id: number, code: ErrorCode, message: string) {
    this.#send({ kind: "refusal", id, code, message: message.slice(0, 1000) });
  }

  #send(message: HostMessage) {
    if (!this.#isClosed) this.options.port.postMessage(message);
  }
}

const REFUSED_AS = {
  too_many: "BRIDGE_BUSY",
  too_large: "MESSAGE_TOO_LARGE",
  invalid: "INVALID_ARGUMENT",
} as const;
const REFUSED_BECAUSE = {
  too_many: "More than 50 messages a second were sent.",
  too_large: "The message is larger than 64 KiB, or is not plain data.",
  invalid: "The message does not fit the contract.",
} as const;

function toldTo(error: unknown): { readonly code: ErrorCode; readonly message: string } {
  // What went wrong inside the host is not the extension's business.
  if (error instanceof AnnexError) return error;
  return { code: "HOST_FAILED", message: "The host could not do it." };
}
