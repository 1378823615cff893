import type { Call, Note } from "../contract/messages.ts";

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a guest reaches its host, whatever is spoken on the way. */
export interface Link {
  call(method: Call["method"], params: object, options: CallOptions): Promise<unknown>;
  note(name: Note["name"], params: object): void;
  close(): void;
}
