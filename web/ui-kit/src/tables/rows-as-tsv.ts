import type { Column } from "./column.ts";

/** Write rows with their heads as tab-separated text; columns without plain text are left out. */
export function rowsAsTsv<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const written = columns.filter((column) => column.text !== undefined);
  const lines = rows.map((row) => written.map((column) => oneLine(column.text?.(row) ?? "")));
  return [written.map((column) => column.header), ...lines].map((cells) => cells.join("\t")).join("\n");
}

function oneLine(text: string): string {
  return text.replace(/[\t\r\n]+/g, " ");
}
