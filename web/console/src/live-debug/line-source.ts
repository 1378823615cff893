/** Where lines come from: the gateway, or a recording in tests. */

import type { DebugLine } from "./debug-line.ts";

export interface PolledLines {
  readonly lines: readonly DebugLine[];
  readonly lastId: string;
}

export interface LineSource {
  /**
   * Opens the stream behind an event and hands its text on as it comes, until it ends or the signal says so.
   * Throws ApiError where it is refused or nobody answers; returning is the stream's end.
   */
  readonly stream: (
    lastId: string | null,
    signal: AbortSignal,
    text: (piece: string) => void,
  ) => Promise<void>;
  readonly poll: (lastId: string | null, signal: AbortSignal) => Promise<PolledLines>;
}
