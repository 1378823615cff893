import { useState } from "react";
import {
  Badge,
  Button,
  Bytes,
  type Column,
  DataTable,
  Empty,
  HashText,
  Menu,
  RelativeTime,
  Stack,
  StatusText,
  Table,
} from "../../src/index.ts";
import type { Story } from "../story.ts";

interface Version {
  version: string;
  published: string;
  hash: string;
  size: number;
  installed: boolean;
  yanked: boolean;
}

const hash = (seed: number) =>
  `sha256:${Array.from({ length: 64 }, (_, at) => ((seed * 7919 + at * 104729 + (at * at * seed) / 3) & 15).toString(16)).join("")}`;

const versions: Version[] = [
  {
    version: "1.4.0",
    published: "2026-11-20T09:12:03Z",
    hash: hash(3),
    size: 3_120_400,
    installed: false,
    yanked: false,
  },
  {
    version: "1.3.2",
    published: "2026-11-02T16:40:51Z",
    hash: hash(5),
    size: 3_098_112,
    installed: true,
    yanked: false,
  },
  {
    version: "1.3.1",
    published: "2026-10-30T08:01:00Z",
    hash: hash(11),
    size: 3_097_900,
    installed: false,
    yanked: true,
  },
  {
    version: "1.3.0",
    published: "2026-10-12T12:00:00Z",
    hash: hash(17),
    size: 2_800_000,
    installed: false,
    yanked: false,
  },
];

const columns: Column<Version>[] = [
  {
    key: "version",
    header: "Version",
    cell: (row) => row.version,
    text: (row) => row.version,
    sort: (one, other) => one.version.localeCompare(other.version, "en", { numeric: true }),
  },
  {
    key: "state",
    header: "State",
    cell: (row) =>
      row.yanked ? <Badge tone="warning">yanked</Badge> : <StatusText tone="success">Published</StatusText>,
  },
  {
    key: "published",
    header: "Published",
    cell: (row) => <RelativeTime value={row.published} first="absolute" />,
    text: (row) => row.published,
    sort: (one, other) => one.published.localeCompare(other.published),
  },
  {
    key: "hash",
    header: "Content hash",
    cell: (row) => <HashText value={row.hash} />,
    text: (row) => row.hash,
  },
  {
    key: "size",
    header: "Size",
    align: "end",
    cell: (row) => <Bytes value={row.size} />,
    text: (row) => String(row.size),
    sort: (one, other) => one.size - other.size,
  },
  {
    key: "actions",
    header: "Actions",
    hideHeader: true,
    align: "end",
    narrow: true,
    cell: (row) => (
      <Menu
        size="small"
        label={`Actions of ${row.version}`}
        items={[
          { label: "Copy verify command", onSelect: () => undefined },
          { label: "Open", href: "#table" },
        ]}
      />
    ),
  },
];

const key = (row: Version) => row.version;
const slots = { loading: "columns", failed: "The registry is not answering. Retry in a moment." } as const;

function Chosen() {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set(["1.3.1"]));
  const [fresh, setFresh] = useState(1);
  return (
    <DataTable
      {...slots}
      caption="Versions of acme/invoice-notes"
      columns={columns}
      rows={versions}
      rowKey={key}
      status="ready"
      total={17}
      empty="No versions published yet."
      href={(row) => `#${row.version}`}
      defaultSort={{ key: "version", direction: "descending" }}
      selection={{ selected, onChange: setSelected, name: (row) => row.version }}
      more={{ count: 13, onLoad: () => undefined }}
      fresh={{ count: fresh, onShow: () => setFresh(0) }}
    />
  );
}

export const tables: Story[] = [
  {
    name: "DataTable",
    do: "Name the default order; say the total; keep actions visible.",
    dont: "Scroll without end, or show actions on hover only.",
    Example: Chosen,
  },
  {
    name: "DataTable without rows",
    do: "Tell four things apart: empty, filtered to nothing, failed, not allowed.",
    dont: "“No data”.",
    Example: () => (
      <Stack>
        <DataTable
          {...slots}
          caption="Versions that are loading"
          columns={columns.slice(0, 4)}
          rows={[]}
          rowKey={key}
          status="loading"
          total={null}
          empty="No versions published yet."
        />
        <DataTable
          {...slots}
          caption="Executions"
          columns={columns}
          rows={[]}
          rowKey={key}
          status="ready"
          total={0}
          empty={
            <Empty actions={<Button>Clear filters</Button>}>
              No executions match status 5xx and endpoint /notes.
            </Empty>
          }
        />
        <DataTable
          {...slots}
          caption="Versions that failed"
          columns={columns}
          rows={[]}
          rowKey={key}
          status="failed"
          total={null}
          empty="No versions published yet."
        />
      </Stack>
    ),
  },
  {
    name: "Table",
    do: "Use it for a few rows that only inform.",
    dont: "Lay out a page with it.",
    Example: () => (
      <Table
        caption="Endpoints"
        showCaption
        columns={columns.slice(0, 5).map(({ sort, ...column }) => column)}
        rows={versions.slice(1, 3)}
        rowKey={key}
      />
    ),
  },
];
