import type { Tone } from "../feedback/tone.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** What was written, once. */
export interface LogLine {
  kind?: "line" | undefined;
  /** Unique in the list, and never reused. */
  id: string;
  text: string;
  /** RFC 3339. */
  time?: string | undefined;
  level?: LogLevel | undefined;
  /** Named values; a press on one is told to `onField`. */
  fields?: Readonly<Record<string, string>> | undefined;
  /** The line was longer: what is kept and what it was, in bytes, and where all of it is. */
  cut?: { kept: number; full: number; href?: string | undefined } | undefined;
}

/** Something about the stream between lines: `gap` for lines that were not kept, with their number if known. */
export type LogMark =
  | { kind: "gap"; id: string; count?: number | undefined; text?: string | undefined }
  | { kind: "note"; id: string; text: string; tone?: Tone | undefined }
  | { kind: "group"; id: string; text: string };

export type LogEntry = LogLine | LogMark;

/** Whether an entry is a line that was written. */
export function isLine(entry: LogEntry): entry is LogLine {
  return entry.kind === undefined || entry.kind === "line";
}
