import type { ReactNode } from "react";

/** One column of a table. */
export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** `end` for numbers. */
  align?: "start" | "end" | undefined;
  /** Compares two rows, ascending: the column can then be sorted. `server` leaves the order to the page. */
  sort?: ((one: Row, other: Row) => number) | "server" | undefined;
  /** The cell as plain text, for copying rows. */
  text?: ((row: Row) => string) | undefined;
  /** As narrow as its content. */
  narrow?: boolean | undefined;
  /** The header is read, not shown. */
  hideHeader?: boolean | undefined;
}

export interface Sort {
  key: string;
  direction: "ascending" | "descending";
}
