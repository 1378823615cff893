import { accepts } from "../contract/accepts.ts";
import { LIMITS } from "../contract/limits.ts";
import { type Call, checkHostMessage, type Note, type Start } from "../contract/messages.ts";
import { isRecord } from "../contract/shapes.ts";
import { sizeWithin } from "../contract/size-within.ts";
import { AnnexError } from "../errors/annex-error.ts";
import type { CallOptions, Link } from "./link.ts";
import { settle } from "./settle.ts";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: AnnexError): void;
  parts: string;
}

export interface PortListener {
  start(start: Start): void;
  event(name: string, value: unknown): void;
  end(reason: string): void;
}

/** Protocol v2 as the guest speaks it: numbered calls on one port, and an end that reaches all of them. */
export class PortLink implements Link {
  readonly #waiting = new Map<number, Waiting>();
  readonly #queue: Call[] = [];
  #sent = 0;
  #lastId = 0;
  #ended: string | undefined;

  constructor(
    private readonly port: MessagePort,
    nonce: string,
    private readonly listener: PortListener,
  ) {
    port.onmessage = ({ data }: MessageEvent<unknown>) => this.#receive(data);
    // Browsers say so when the other side is gone; where they do not, each call has its own time.
    port.addEventListener("close", () => this.#end("The host is gone."));
    port.postMessage({ kind: "open", nonce });
  }

  call(method: Call["method"], params: object, options: CallOptions): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(new AnnexError("DISCONNECTED", this.#ended));
    this.#lastId += 1;
    const call = { kind: "call", id: this.#lastId, method, params: params as Call["params"] } as const;
    if (!sizeWithin(call, LIMITS.messageSize)) {
      return Promise.reject(new AnnexError("MESSAGE_TOO_LARGE", "The call is too large for one message."));
    }
    return settle(
      options,
      (resolve, reject) => {
        this.#waiting.set(call.id, { resolve, reject, parts: "" });
        this.#queue.push(call);
        this.#pump();
      },
      () => this.#cancel(call.id),
    );
  }

  note(name: Note["name"], params: object): void {
    if (this.#ended === undefined) this.port.postMessage({ kind: "note", name, params });
  }

  close(): void {
    if (this.#ended !== undefined) return;
    this.port.postMessage({ kind: "bye" });
    this.#end("The page closed the bridge.");
  }

  // More than the host takes at once wait here, where their own time limits reach them.
  #pump() {
    while (this.#sent < LIMITS.callsInFlight) {
      const call = this.#queue.shift();
      if (!call) return;
      this.#sent += 1;
      this.port.postMessage(call);
    }
  }

  #cancel(id: number) {
    const at = this.#queue.findIndex((call) => call.id === id);
    this.#waiting.delete(id);
    if (at >= 0) this.#queue.splice(at, 1);
    // The host answers what was cancelled, too; the place is free then.
    else if (this.#ended === undefined) this.port.postMessage({ kind: "cancel", id });
  }

  #receive(data: unknown) {
    if (this.#ended !== undefined || !accepts(checkHostMessage, data)) return;
    switch (data.kind) {
      case "start":
        return this.listener.start(data);
      case "event":
        return this.listener.event(data.name, data.value);
      case "part": {
        const waiting = this.#waiting.get(data.id);
        if (waiting) waiting.parts += data.text;
        return;
      }
      case "answer":
        return this.#settle(data.id, ({ resolve, parts }) => resolve(whole(data.value, parts)));
      case "refusal":
        return this.#settle(data.id, ({ reject }) =>
          reject(new AnnexError(data.code, data.message ?? data.code)),
        );
      case "close":
        return this.#end(data.reason ?? "The host closed the bridge.");
    }
  }

  #settle(id: number, how: (waiting: Waiting) => void) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#sent -= 1;
    this.#pump();
    if (waiting) how(waiting);
  }

  #end(reason: string) {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.port.close();
    for (const { reject } of this.#waiting.values()) reject(new AnnexError("DISCONNECTED", reason));
    this.#waiting.clear();
    this.listener.end(reason);
  }
}

const whole = (value: unknown, parts: string): unknown =>
  parts && isRecord(value) ? { ...value, body: parts } : value;
