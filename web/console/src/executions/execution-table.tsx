import {
  type Column,
  DataTable,
  Duration,
  formatTime,
  IdText,
  None,
  RelativeTime,
  useZone,
} from "@annex/ui-kit";
import type { ReactNode } from "react";
import { useTenantPath } from "../session/use-tenant-path.ts";
import { Caller } from "./caller.tsx";
import type { Execution } from "./execution.ts";
import { ExecutionStatus } from "./execution-status.tsx";
import { statusText } from "./execution-words.ts";

export interface ExecutionTableProps {
  readonly executions: readonly Execution[];
  readonly status: "loading" | "ready" | "failed";
  readonly empty: ReactNode;
  readonly failed: ReactNode;
  /** Names an extension; without it the list is of one extension and has no such column. */
  readonly nameOf?: (extensionId: string) => string | null;
  readonly more?: { count: number; onLoad: () => void; busy?: boolean } | undefined;
  readonly fresh: { count: number; onShow: () => void };
}

/** Executions, newest first; the time leads to the details. */
export function ExecutionTable({ executions, nameOf, ...rest }: ExecutionTableProps) {
  const tenantPath = useTenantPath();
  const zone = useZone();
  const columns: Column<Execution>[] = [
    {
      key: "time",
      header: "Time",
      cell: (one) => <ExecutionTime execution={one} zone={zone} />,
      text: (one) => one.started_at,
      narrow: true,
    },
    ...(nameOf === undefined ? [] : [extensionColumn(nameOf)]),
    ...COLUMNS,
  ];
  return (
    <DataTable
      caption="Executions, newest first"
      columns={columns}
      rows={executions}
      rowKey={({ execution_id }) => execution_id}
      href={({ execution_id }) => tenantPath(`/executions/${execution_id}`)}
      loading="columns"
      total={null}
      {...rest}
    />
  );
}

function ExecutionTime({ execution, zone }: { execution: Execution; zone: "local" | "utc" }) {
  const exact = formatTime(new Date(execution.started_at), zone, { seconds: true });
  return (
    <span className="execution-time">
      <time dateTime={execution.started_at}>{exact}</time>{" "}
      <span className="muted">
        <RelativeTime value={execution.started_at} plain />
      </span>
    </span>
  );
}

function extensionColumn(nameOf: (id: string) => string | null): Column<Execution> {
  return {
    key: "extension",
    header: "Extension",
    cell: ({ extension_id }) => nameOf(extension_id) ?? <IdText value={extension_id} what="extension id" />,
    text: ({ extension_id }) => nameOf(extension_id) ?? extension_id,
  };
}

const COLUMNS: readonly Column<Execution>[] = [
  {
    key: "execution",
    header: "Execution",
    cell: ({ execution_id }) => <IdText value={execution_id} what="execution id" />,
    text: ({ execution_id }) => execution_id,
    narrow: true,
  },
  {
    key: "endpoint",
    header: "Endpoint",
    cell: ({ method, endpoint }) => (
      <code>
        {method} {endpoint ?? <None />}
      </code>
    ),
    text: ({ method, endpoint }) => `${method} ${endpoint ?? ""}`,
  },
  {
    key: "status",
    header: "Status",
    cell: (one) => <ExecutionStatus execution={one} />,
    text: (one) => [statusText(one), one.code ?? ""].join(" ").trim(),
    narrow: true,
  },
  {
    key: "duration",
    header: "Duration",
    align: "end",
    cell: ({ duration_ms }) => <Duration ms={duration_ms} />,
    text: ({ duration_ms }) => String(duration_ms ?? ""),
    narrow: true,
  },
  {
    key: "effects",
    header: "Effects",
    align: "end",
    cell: ({ usage }) => usage?.effects ?? <None />,
    text: ({ usage }) => String(usage?.effects ?? ""),
    narrow: true,
  },
  {
    key: "caller",
    header: "Caller",
    cell: (one) => <Caller execution={one} />,
    text: (one) => one.principal_id ?? "",
  },
];
