/** What stands in the view: a line, or a word of ours between lines. */

import type { DebugLine } from "./debug-line.ts";

export interface LineRow {
  readonly kind: "line";
  readonly number: number;
  readonly line: DebugLine;
}

/** `gap`: lines are missing here; `note`: something happened to the connection or the session. */
export interface MarkRow {
  readonly kind: "gap" | "note";
  readonly number: number;
  readonly at: string;
  readonly text: string;
}

export type Row = LineRow | MarkRow;
