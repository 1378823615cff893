/** Rows by execution: each group begins where its execution first wrote, so earlier workers stay readable. */

import type { Row } from "./row.ts";

export interface GroupRow {
  readonly kind: "group";
  readonly number: string;
  readonly executionId: string;
  readonly requestId: string;
  readonly count: number;
}

export type ShownRow = Row | GroupRow;

export function groupedRows(rows: readonly Row[]): ShownRow[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    // What belongs to no execution stays where it is, between groups.
    const key = row.kind === "line" && row.line.executionId !== "" ? row.line.executionId : `#${row.number}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].flatMap((group): ShownRow[] => {
    const [first] = group;
    if (first?.kind !== "line" || first.line.executionId === "") return group;
    const { executionId, requestId } = first.line;
    return [
      { kind: "group", number: `g${first.number}`, executionId, requestId, count: group.length },
      ...group,
    ];
  });
}
