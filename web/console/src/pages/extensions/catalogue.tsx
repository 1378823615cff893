import { Badge, type Column, DataTable, Link, RelativeTime, SearchInput } from "@annex/ui-kit";
import { useDeferredValue, useMemo } from "react";
import { type ExtensionRow, useCatalogue } from "../../extensions/use-catalogue.ts";
import { useInstalls } from "../../installs/use-installs.ts";
import { useTenantPath } from "../../session/use-tenant-path.ts";
import { Empty, EmptyByFilter, Failed, StaleBanner } from "../../states/index.ts";
import { useUrlFilters } from "../../url-filters.ts";

const PART = 50;

/** Everything that is published; what is installed already says so. */
export function Catalogue() {
  const { values, set, clear } = useUrlFilters(["q"]);
  const catalogue = useCatalogue(useDeferredValue(values.q.trim().toLowerCase()));
  const installs = useInstalls();
  const columns = useColumns(
    useMemo(() => new Map((installs.data ?? []).map((one) => [one.extension, one.version])), [installs.data]),
  );
  const rows = catalogue.data?.pages.flatMap(({ items }) => items) ?? [];
  const retry = () => void catalogue.refetch();
  const isStale = catalogue.isError && rows.length > 0;
  return (
    <>
      {isStale && <StaleBanner shownAsOf={catalogue.dataUpdatedAt} error={catalogue.error} retry={retry} />}
      <search className="filters">
        <SearchInput
          label="Search the catalogue"
          placeholder="The beginning of a name or publisher"
          value={values.q}
          onChange={(text) => set("q", text)}
        />
      </search>
      <DataTable<ExtensionRow>
        caption="Published extensions"
        columns={columns}
        rows={rows}
        rowKey={(row) => row.extension_id}
        status={catalogue.isPending ? "loading" : catalogue.isError ? "failed" : "ready"}
        loading="columns"
        failed={<Failed error={catalogue.error} retry={retry} title="The catalogue could not be loaded" />}
        empty={
          values.q === "" ? (
            <Empty title="Nothing is published yet.">This platform is empty and healthy.</Empty>
          ) : (
            <EmptyByFilter sentence={`No extensions begin with "${values.q}".`} clear={clear} />
          )
        }
        total={null}
        {...(catalogue.hasNextPage && {
          more: {
            count: PART,
            onLoad: () => void catalogue.fetchNextPage(),
            busy: catalogue.isFetchingNextPage,
          },
        })}
      />
    </>
  );
}

function useColumns(installed: ReadonlyMap<string, string>): readonly Column<ExtensionRow>[] {
  const tenantPath = useTenantPath();
  return useMemo(
    () => [
      {
        key: "extension",
        header: "Extension",
        text: (row) => row.extension,
        cell: (row) => (
          <span>
            <Link href={tenantPath(`/extensions/${row.extension}`)}>{row.name}</Link>
            <br />
            <span className="muted">by {row.publisher}</span>
          </span>
        ),
      },
      { key: "latest", header: "Latest", cell: (row) => row.latest_version },
      {
        key: "published",
        header: "Published",
        cell: (row) => <RelativeTime value={row.latest_published_at} />,
      },
      { key: "versions", header: "Versions", align: "end", cell: (row) => row.version_count },
      {
        key: "state",
        header: "State",
        cell: (row) => {
          const version = installed.get(row.extension);
          return version === undefined ? "Not installed" : <Badge tone="info">Installed {version}</Badge>;
        },
      },
    ],
    [installed, tenantPath],
  );
}
