import type { ReactNode } from "react";
import type { Column } from "./column.ts";
import { tableRoles as role } from "./table-roles.ts";

export interface TableProps<Row> {
  /** What the table lists; read, and shown with `showCaption`. */
  caption: string;
  showCaption?: boolean | undefined;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Instead of rows where there are none. */
  empty?: ReactNode;
}

/** Rows as they are; what can be sorted, chosen or loaded is a DataTable. Cards where it is narrow. */
export function Table<Row>({ caption, showCaption = false, columns, rows, rowKey, empty }: TableProps<Row>) {
  if (rows.length === 0 && empty !== undefined) return <div className="annex-table-container">{empty}</div>;
  return (
    <div className="annex-table-container">
      <table {...role.table} className="annex-table">
        <caption className={showCaption ? "annex-table-caption" : "annex-hidden"}>{caption}</caption>
        <thead {...role.group}>
          <tr {...role.row}>
            {columns.map((column) => (
              <th
                key={column.key}
                {...role.column}
                scope="col"
                data-align={column.align}
                data-narrow={column.narrow}
              >
                <span className={column.hideHeader ? "annex-hidden" : undefined}>{column.header}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...role.group}>
          {rows.map((row) => (
            <tr key={rowKey(row)} {...role.row}>
              {columns.map((column, index) => (
                <Cell key={column.key} column={column} row={row} isFirst={index === 0} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** One cell; the first of a row heads it. */
export function Cell<Row>(props: { column: Column<Row>; row: Row; isFirst: boolean; children?: ReactNode }) {
  const { column, row, isFirst } = props;
  const content = <div className="annex-cell">{props.children ?? column.cell(row)}</div>;
  const marks = {
    "data-label": column.hideHeader ? undefined : column.header,
    "data-align": column.align,
    "data-narrow": column.narrow,
  };
  return isFirst ? (
    <th {...role.rowHead} scope="row" {...marks}>
      {content}
    </th>
  ) : (
    <td {...role.cell} {...marks}>
      {content}
    </td>
  );
}
