import { Icon } from "../base/icon.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import type { Column, Sort } from "./column.ts";
import { tableRoles as role } from "./table-roles.ts";

export interface ColumnHeadProps<Row> {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: () => void;
}

/** The head of a column; a button where it can be sorted, with the direction in words. */
export function ColumnHead<Row>({ column, sort, onSort }: ColumnHeadProps<Row>) {
  const strings = useStrings();
  const direction = sort?.key === column.key ? sort.direction : undefined;
  const marks = { "data-align": column.align, "data-narrow": column.narrow };
  if (column.sort === undefined)
    return (
      <th {...role.column} scope="col" {...marks}>
        <span className={column.hideHeader ? "annex-hidden" : undefined}>{column.header}</span>
      </th>
    );
  return (
    <th {...role.column} scope="col" {...marks} data-sortable="true" aria-sort={direction}>
      <button type="button" className="annex-sort" onClick={onSort}>
        {column.header}
        <Icon name={direction ?? "sort"} />
        {direction !== undefined && (
          <span className="annex-hidden">
            , {direction === "ascending" ? strings.sortedAscending : strings.sortedDescending}
          </span>
        )}
      </button>
    </th>
  );
}
