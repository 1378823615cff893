import {
  Banner,
  type Column,
  CopyButton,
  DataTable,
  Link,
  LinkButton,
  None,
  RelativeTime,
  StatusText,
} from "@annex/ui-kit";
import { useMemo } from "react";
import { STATES } from "../../extensions/extension-state.ts";
import {
  filteredRows,
  filterWords,
  type InstalledRow,
  installedRows,
} from "../../extensions/installed-row.ts";
import { useActivity } from "../../extensions/use-activity.ts";
import { useRowsOf } from "../../extensions/use-catalogue.ts";
import { useInstalls } from "../../installs/use-installs.ts";
import { ProblemsStrip } from "../../problems/problems-strip.tsx";
import { useSession } from "../../session/session-context.ts";
import { useTenantPath } from "../../session/use-tenant-path.ts";
import { Empty, EmptyByFilter, Failed, StaleBanner } from "../../states/index.ts";
import { useUrlFilters } from "../../url-filters.ts";
import { InstalledFilters } from "./installed-filters.tsx";

const FILTERS = ["q", "state", "publisher", "upgrade"] as const;

export function Installed() {
  const filters = useUrlFilters(FILTERS);
  const installs = useInstalls();
  const activity = useActivity();
  const published = useRowsOf((installs.data ?? []).map(({ extension }) => extension));
  const rows = useMemo(
    () => installedRows(installs.data ?? [], published.data ?? new Map(), activity.data?.items ?? []),
    [installs.data, published.data, activity.data],
  );
  const columns = useColumns();
  const shown = filteredRows(rows, filters.values);
  const retry = () => void installs.refetch();
  const stateWord = STATES[filters.values.state as keyof typeof STATES]?.word ?? filters.values.state;
  const isStale = installs.isError && installs.data !== undefined;
  return (
    <>
      {isStale && <StaleBanner shownAsOf={installs.dataUpdatedAt} error={installs.error} retry={retry} />}
      {activity.isError && <Banner tone="warning">How they did lately cannot be read right now.</Banner>}
      <ProblemsStrip />
      {rows.length > 0 && <InstalledFilters rows={rows} filters={filters} />}
      <DataTable<InstalledRow>
        caption="Installed extensions"
        columns={columns}
        rows={shown}
        rowKey={(row) => row.extension}
        status={installs.isPending ? "loading" : installs.data === undefined ? "failed" : "ready"}
        loading="columns"
        failed={<Failed error={installs.error} retry={retry} title="The extensions could not be loaded" />}
        empty={
          rows.length === 0 ? (
            <NothingInstalled />
          ) : (
            <EmptyByFilter
              sentence={`No extensions match ${filterWords(filters.values, stateWord)}.`}
              clear={filters.clear}
            />
          )
        }
        total={rows.length}
      />
    </>
  );
}

function NothingInstalled() {
  const { tenant } = useSession();
  const catalogue = `${useTenantPath()("/extensions")}?show=catalogue`;
  const actions = (
    <>
      <LinkButton variant="primary" href={catalogue}>
        Browse the catalogue
      </LinkButton>
      <CopyButton value="annex init" text="Copy command" />
    </>
  );
  return (
    <Empty title={`No extensions in ${tenant.name} yet.`} actions={actions}>
      Install one from the catalogue, or publish your own with <code className="annex-code">annex init</code>.
    </Empty>
  );
}

function useColumns(): readonly Column<InstalledRow>[] {
  const tenantPath = useTenantPath();
  return useMemo(
    () => [
      {
        key: "extension",
        header: "Extension",
        sort: (one, other) => one.name.localeCompare(other.name, "en"),
        text: (row) => row.extension,
        cell: (row) => (
          <span>
            <Link href={tenantPath(`/extensions/${row.extension}`)}>{row.name}</Link>
            <br />
            <span className="muted">by {row.publisher}</span>
          </span>
        ),
      },
      { key: "version", header: "Installed version", cell: (row) => row.version },
      {
        key: "latest",
        header: "Latest",
        cell: (row) =>
          row.hasUpgrade ? (
            <Link href={tenantPath(`/extensions/${row.extension}/versions`)}>{row.latest}</Link>
          ) : (
            (row.latest ?? <None />)
          ),
      },
      {
        key: "state",
        header: "State",
        sort: (one, other) =>
          Object.keys(STATES).indexOf(one.state) - Object.keys(STATES).indexOf(other.state),
        cell: (row) => <StatusText tone={STATES[row.state].tone}>{STATES[row.state].word}</StatusText>,
      },
      {
        key: "last_run",
        header: "Last run",
        cell: (row) => <RelativeTime value={row.activity?.last_started_at} />,
      },
      {
        key: "errors",
        header: "Errors 24 h",
        align: "end",
        sort: (one, other) => (one.activity?.failures ?? 0) - (other.activity?.failures ?? 0),
        cell: (row) => row.activity?.failures ?? 0,
      },
    ],
    [tenantPath],
  );
}
