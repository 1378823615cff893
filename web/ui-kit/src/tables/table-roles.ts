/**
 * The roles of a table, spelled out: where rows become cards by CSS, browsers drop the roles that
 * belong to `display: table`, and these stay.
 */
export const tableRoles = {
  table: { role: "table" },
  group: { role: "rowgroup" },
  row: { role: "row" },
  column: { role: "columnheader" },
  rowHead: { role: "rowheader" },
  cell: { role: "cell" },
} as const;
