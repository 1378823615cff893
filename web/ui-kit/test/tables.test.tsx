import assert from "node:assert/strict";
import { test } from "node:test";
import { renderToStaticMarkup } from "react-dom/server";
import { type Column, DataTable, type DataTableProps } from "../src/index.ts";
import { rowsAsTsv } from "../src/tables/rows-as-tsv.ts";
import { nextSort, sortRows } from "../src/tables/sort-rows.ts";

interface Row {
  name: string;
  size: number;
}

const rows: Row[] = [
  { name: "b", size: 1 },
  { name: "a", size: 3 },
  { name: "c", size: 1 },
];
const columns: Column<Row>[] = [
  {
    key: "name",
    header: "Name",
    cell: (row) => row.name,
    text: (row) => row.name,
    sort: (one, other) => one.name.localeCompare(other.name),
  },
  {
    key: "size",
    header: "Size",
    cell: (row) => row.size,
    text: (row) => `${row.size}\tB`,
    sort: (one, other) => one.size - other.size,
  },
  { key: "when", header: "When", cell: () => "–", sort: "server" },
];
const names = (sorted: readonly Row[]) => sorted.map((row) => row.name).join("");

test("rows are sorted either way, equal ones keep their order, and the page's own order stays", () => {
  assert.equal(names(sortRows(rows, columns, { key: "size", direction: "ascending" })), "bca");
  assert.equal(names(sortRows(rows, columns, { key: "size", direction: "descending" })), "abc");
  assert.equal(names(sortRows(rows, columns, { key: "when", direction: "descending" })), "bac");
  assert.equal(names(sortRows(rows, columns, undefined)), "bac");
});

test("a press sorts ascending first, then the other way, and another column starts anew", () => {
  const first = nextSort("name", undefined);
  const second = nextSort("name", first);

  assert.deepEqual([first.direction, second.direction], ["ascending", "descending"]);
  assert.deepEqual(nextSort("size", second), { key: "size", direction: "ascending" });
});

test("copied rows are tab-separated, one line each, whatever a cell holds", () => {
  assert.equal(rowsAsTsv(rows.slice(0, 1), columns), "Name\tSize\nb\t1 B");
});

function drawn(more: Partial<DataTableProps<Row>>): string {
  return renderToStaticMarkup(
    <DataTable
      caption="Things"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.name}
      status="ready"
      empty="Nothing was made yet."
      loading="columns"
      failed="The registry is not answering."
      total={7}
      {...more}
    />,
  );
}

test("only the sorted column says how, and in words", () => {
  const html = drawn({ defaultSort: { key: "size", direction: "descending" } });

  assert.equal(html.match(/aria-sort/g)?.length, 1);
  assert.match(html, /aria-sort="descending"[^>]*><button[^>]*>Size.*?sorted descending/);
});

test("the total is always shown", () => {
  assert.match(drawn({}), />3 of 7</);
  assert.match(drawn({ total: 3 }), />3 in total</);
  assert.match(drawn({ total: null }), />3 shown</);
});

test("no rows, a failure and loading look different, and rows survive a failure", () => {
  assert.match(drawn({ rows: [] }), /Nothing was made yet/);
  assert.match(drawn({ rows: [], status: "failed" }), /not answering/);
  assert.match(drawn({ rows: [], status: "loading" }), /Loading/);
  assert.match(drawn({ status: "failed" }), /<th role="rowheader"/);
});

test("a row's link is in its first cell", () => {
  assert.match(
    drawn({ href: (row) => `/things/${row.name}` }),
    /<th role="rowheader"[^>]*>.*?<a href="\/things\/b"/,
  );
});
