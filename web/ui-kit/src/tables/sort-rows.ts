import type { Column, Sort } from "./column.ts";

/** The rows in the chosen order; as given where the page orders them itself. Equal rows keep their order. */
export function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | undefined) {
  const compare = columns.find((column) => column.key === sort?.key)?.sort;
  if (sort === undefined || typeof compare !== "function") return rows;
  const sign = sort.direction === "ascending" ? 1 : -1;
  return rows.toSorted((one, other) => sign * compare(one, other));
}

/** The order after a press on a column's head: ascending first, then the other way. */
export function nextSort(key: string, sort: Sort | undefined): Sort {
  return { key, direction: sort?.key === key && sort.direction === "ascending" ? "descending" : "ascending" };
}
