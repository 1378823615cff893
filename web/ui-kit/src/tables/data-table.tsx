import { type ReactElement, type ReactNode, useMemo } from "react";
import { Button } from "../actions/button.tsx";
import { CopyButton } from "../actions/copy-button.tsx";
import { useControlled } from "../base/use-controlled.ts";
import { Checkbox } from "../fields/checkbox.tsx";
import { Link } from "../links/link.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import type { Column, Sort } from "./column.ts";
import { ColumnHead } from "./column-head.tsx";
import { rowsAsTsv } from "./rows-as-tsv.ts";
import { SkeletonRows } from "./skeleton-rows.tsx";
import { nextSort, sortRows } from "./sort-rows.ts";
import { Cell } from "./table.tsx";
import { tableRoles as role } from "./table-roles.ts";

/** Rows that can be chosen, by key. */
export interface Selection<Row> {
  selected: ReadonlySet<string>;
  onChange: (selected: ReadonlySet<string>) => void;
  /** What a row is called: "invoice-notes". */
  name: (row: Row) => string;
  /** Buttons for what is chosen. */
  actions?: ReactNode;
}

export interface DataTableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Whether rows are known: `loading` shows the outline of the columns, `failed` the error slot. */
  status: "loading" | "ready" | "failed";
  /** Shown where there are no rows; a filter that hides all says so and offers to clear it. */
  empty: ReactNode;
  /** `columns` draws the outline of the real columns; or your own. */
  loading: "columns" | ReactElement;
  /** Shown when `status` is `failed` and no rows are there; with rows they stay, below a Banner of yours. */
  failed: ReactNode;
  /** How many there are in all; null where nobody knows. */
  total: number | null;
  /** The link of a row, in its first cell. */
  href?: ((row: Row) => string) | undefined;
  sort?: Sort | undefined;
  defaultSort?: Sort | undefined;
  onSort?: ((sort: Sort) => void) | undefined;
  selection?: Selection<Row> | undefined;
  /** The next rows: how many, and what loads them. */
  more?: { count: number; onLoad: () => void; busy?: boolean | undefined } | undefined;
  /** Rows that arrived and wait for a press, so that nothing moves by itself. */
  fresh?: { count: number; onShow: () => void } | undefined;
}

/** A list to work with: sorted, chosen from, loaded in parts. Cards where it is narrow. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, rows, rowKey, selection } = props;
  const strings = useStrings();
  const [sort, setSort] = useControlled<Sort | undefined>(props.sort, props.defaultSort, (to) => {
    if (to !== undefined) props.onSort?.(to);
  });
  const ordered = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort]);
  if (rows.length === 0 && props.status === "failed") return <Slot>{props.failed}</Slot>;
  if (rows.length === 0 && props.status === "ready") return <Slot>{props.empty}</Slot>;
  if (rows.length === 0 && props.loading !== "columns") return <Slot>{props.loading}</Slot>;
  return (
    <div className="annex-table-container" aria-busy={props.status === "loading" || undefined}>
      {selection !== undefined && <SelectionBar {...props} rows={ordered} selection={selection} />}
      {props.fresh !== undefined && props.fresh.count > 0 && (
        <div className="annex-table-fresh" role="status">
          <Button size="small" onClick={props.fresh.onShow}>
            {strings.newRows(props.fresh.count)}
          </Button>
        </div>
      )}
      <table {...role.table} className="annex-table annex-data-table">
        <caption className="annex-hidden">{props.caption}</caption>
        <thead {...role.group}>
          <tr {...role.row}>
            {selection !== undefined && (
              <th {...role.column} scope="col" data-narrow="true" data-choice="true">
                <ChooseAll rows={ordered} rowKey={rowKey} selection={selection} />
              </th>
            )}
            {columns.map((column) => (
              <ColumnHead
                key={column.key}
                column={column}
                sort={sort}
                onSort={() => setSort(nextSort(column.key, sort))}
              />
            ))}
          </tr>
        </thead>
        <tbody {...role.group}>
          {ordered.map((row) => (
            <DataRow key={rowKey(row)} row={row} {...props} />
          ))}
          {rows.length === 0 && <SkeletonRows columns={columns.length + (selection === undefined ? 0 : 1)} />}
        </tbody>
      </table>
      <TableFoot shown={rows.length} {...props} />
    </div>
  );
}

function Slot({ children }: { children: ReactNode }) {
  return <div className="annex-table-container annex-table-slot">{children}</div>;
}

function DataRow<Row>({ row, columns, rowKey, selection, href }: DataTableProps<Row> & { row: Row }) {
  const strings = useStrings();
  const key = rowKey(row);
  const isChosen = selection?.selected.has(key) ?? false;
  return (
    <tr {...role.row} data-selected={isChosen || undefined}>
      {selection !== undefined && (
        <td {...role.cell} data-narrow="true" data-choice="true">
          <Checkbox
            hideLabel
            label={`${strings.select} ${selection.name(row)}`}
            checked={isChosen}
            onChange={(checked) => selection.onChange(withKey(selection.selected, key, checked))}
          />
        </td>
      )}
      {columns.map((column, index) => (
        <Cell key={column.key} column={column} row={row} isFirst={index === 0}>
          {index === 0 && href !== undefined ? <Link href={href(row)}>{column.cell(row)}</Link> : undefined}
        </Cell>
      ))}
    </tr>
  );
}

function withKey(selected: ReadonlySet<string>, key: string, isIn: boolean): ReadonlySet<string> {
  const changed = new Set(selected);
  if (isIn) changed.add(key);
  else changed.delete(key);
  return changed;
}

interface Choice<Row> {
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  selection: Selection<Row>;
}

function ChooseAll<Row>({ rows, rowKey, selection }: Choice<Row>) {
  const strings = useStrings();
  const chosen = rows.filter((row) => selection.selected.has(rowKey(row))).length;
  return (
    <Checkbox
      hideLabel
      label={strings.selectAll}
      checked={chosen > 0 && chosen === rows.length}
      mixed={chosen > 0 && chosen < rows.length}
      onChange={(checked) => selection.onChange(new Set(checked ? rows.map(rowKey) : []))}
    />
  );
}

function SelectionBar<Row>({
  rows,
  rowKey,
  selection,
  columns,
}: Choice<Row> & { columns: readonly Column<Row>[] }) {
  const strings = useStrings();
  const chosen = rows.filter((row) => selection.selected.has(rowKey(row)));
  return (
    <div className="annex-table-selection" data-empty={chosen.length === 0 || undefined}>
      <span role="status">{strings.selectedCount(chosen.length)}</span>
      {chosen.length > 0 && (
        <>
          {selection.actions}
          <CopyButton size="small" text={strings.copyRows} value={rowsAsTsv(chosen, columns)} />
          <Button size="small" variant="quiet" onClick={() => selection.onChange(new Set())}>
            {strings.clearSelection}
          </Button>
        </>
      )}
    </div>
  );
}

function TableFoot<Row>({ shown, total, more, status }: DataTableProps<Row> & { shown: number }) {
  const strings = useStrings();
  const isLoading = shown === 0 && status === "loading";
  return (
    <div className="annex-table-foot">
      <span role="status">
        {isLoading ? strings.loading : total === null ? strings.shown(shown) : strings.total(shown, total)}
      </span>
      {more !== undefined && (
        <Button busy={more.busy} onClick={more.onLoad}>
          {strings.loadMore(more.count)}
        </Button>
      )}
    </div>
  );
}
