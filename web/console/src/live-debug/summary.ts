/** What a stretch of lines comes to, for those who listen instead of looking. */

import type { Row } from "./row.ts";
import { severity } from "./row-filter.ts";

const WARN = 2;
const ERROR = 3;

/** `12 new lines, 2 errors, 1 warning`, of the rows behind a number. */
export function summaryOf(rows: readonly Row[], behind: number): string {
  let lines = 0;
  let warnings = 0;
  let errors = 0;
  for (const row of rows) {
    if (row.kind !== "line" || row.number <= behind) continue;
    lines += 1;
    const rank = severity(row.line);
    if (rank === ERROR) errors += 1;
    else if (rank === WARN) warnings += 1;
  }
  const told = [
    counted(lines, "new line"),
    errors > 0 && counted(errors, "error"),
    warnings > 0 && counted(warnings, "warning"),
  ];
  return told.filter((part) => part !== false).join(", ");
}

function counted(count: number, word: string): string {
  if (count === 0) return `no ${word}s`;
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
