/** Which rows are shown. Marks always are: a gap is nothing to be filtered away. */

import { LinearRegex, PatternRefused } from "../linear-regex/linear-regex.ts";
import type { DebugLine } from "./debug-line.ts";
import type { Row } from "./row.ts";

export const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];
export const FIELDS = ["requestId", "executionId", "stream", "level", "versionId"] as const;
export type Field = (typeof FIELDS)[number];

export interface FieldFilter {
  readonly field: Field;
  readonly value: string;
}

export interface FilterWish {
  /** The least level that is shown. */
  readonly level: Level;
  readonly text: string;
  readonly isRegex: boolean;
  readonly fields: readonly FieldFilter[];
}

export const EVERYTHING: FilterWish = { level: "debug", text: "", isRegex: false, fields: [] };

export type RowFilter = (row: Row) => boolean;

/** Makes the filter, or says in a sentence why the pattern is none. */
export function rowFilter(
  wish: FilterWish,
): { filter: RowFilter; refused: null } | { filter: null; refused: string } {
  const hasText = textTest(wish);
  if (typeof hasText === "string") return { filter: null, refused: hasText };
  const least = LEVELS.indexOf(wish.level);
  const filter = (row: Row) => {
    if (row.kind !== "line") return true;
    const { line } = row;
    return (
      severity(line) >= least &&
      wish.fields.every(({ field, value }) => line[field] === value) &&
      hasText(line.message)
    );
  };
  return { filter, refused: null };
}

function textTest({ text, isRegex }: FilterWish): ((message: string) => boolean) | string {
  if (text === "") return () => true;
  if (!isRegex) {
    const wanted = text.toLowerCase();
    return (message) => message.toLowerCase().includes(wanted);
  }
  try {
    const pattern = new LinearRegex(text);
    return (message) => pattern.test(message);
  } catch (error) {
    if (error instanceof PatternRefused) return error.message;
    throw error;
  }
}

const RANK: Readonly<Record<string, number>> = {
  trace: 0,
  debug: 0,
  info: 1,
  log: 1,
  warn: 2,
  warning: 2,
  error: 3,
  fatal: 3,
  critical: 3,
};

/** Ranks a level; an extension may name its own, which counts as information. */
export function severity(line: Pick<DebugLine, "level">): number {
  return RANK[line.level.toLowerCase()] ?? 1;
}

/** Names the filters in words, as the sentence of an empty view does. */
export function filterWords({ level, text, isRegex, fields }: FilterWish): string[] {
  const words = fields.map(({ field, value }) => `${FIELD_WORDS[field]} ${value}`);
  if (level !== "debug") words.unshift(`level ${level} and above`);
  if (text !== "") words.push(isRegex ? `pattern ${text}` : `text “${text}”`);
  return words;
}

export const FIELD_WORDS: Readonly<Record<Field, string>> = {
  requestId: "request",
  executionId: "execution",
  stream: "stream",
  level: "level",
  versionId: "version",
};
