import { Button, Empty } from "@annex/ui-kit";
import { executionsCommand } from "../commands/running-commands.ts";
import { EmptyByFilter } from "../states/empty-by-filter.tsx";
import { Failed } from "../states/failed.tsx";
import { StaleBanner } from "../states/stale-banner.tsx";
import { useUrlFilters } from "../url-filters.ts";
import { CopyCommand } from "../writing/copy-command.tsx";
import {
  FILTERS,
  type FilterName,
  type FilterValues,
  nothingFits,
  RANGES,
  rangeOf,
} from "./execution-filters.ts";
import { ExecutionTable } from "./execution-table.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { PAGE, useExecutions } from "./use-executions.ts";

export interface ExecutionListProps {
  /** Of this extension only: `publisher.name` for the gateway, `publisher/name` for people. */
  readonly extension?: { readonly segment: string; readonly name: string };
  readonly nameOf?: (extensionId: string) => string | null;
}

/** What ran, with filters that live in the address. */
export function ExecutionList({ extension, nameOf }: ExecutionListProps) {
  const filters = useUrlFilters<FilterName>(FILTERS, ["range"]);
  const values: FilterValues =
    extension === undefined ? filters.values : { ...filters.values, extension: extension.segment };
  const { loaded, executions, fresh } = useExecutions(values);
  const retry = () => void loaded.refetch();
  const status = loaded.isPending
    ? "loading"
    : loaded.isSuccess || executions.length > 0
      ? "ready"
      : "failed";
  return (
    <>
      <FilterBar filters={filters} />
      {loaded.isError && executions.length > 0 && (
        <StaleBanner shownAsOf={loaded.dataUpdatedAt} error={loaded.error} retry={retry} />
      )}
      <ExecutionTable
        executions={executions}
        status={status}
        empty={
          <Nothing filters={filters} hasMore={loaded.hasNextPage} more={() => void loaded.fetchNextPage()} />
        }
        failed={<Failed error={loaded.error} retry={retry} title="Cannot show executions" />}
        fresh={{ count: fresh, onShow: retry }}
        {...(nameOf !== undefined && { nameOf })}
        more={
          loaded.hasNextPage
            ? { count: PAGE, onLoad: () => void loaded.fetchNextPage(), busy: loaded.isFetchingNextPage }
            : undefined
        }
      />
      {extension !== undefined && (
        <CopyCommand
          command={executionsCommand({
            extension: extension.name,
            status: values.status,
            code: values.code,
            trigger: values.trigger,
            since: rangeOf(values),
          })}
        />
      )}
    </>
  );
}

interface NothingProps {
  readonly filters: ReturnType<typeof useUrlFilters<FilterName>>;
  readonly hasMore: boolean;
  readonly more: () => void;
}

/** A page looks at a bounded number of records, so an empty one may still go on. */
function Nothing({ filters, hasMore, more }: NothingProps) {
  if (hasMore) {
    return (
      <Empty actions={<Button onClick={more}>Look further back</Button>}>
        Nothing fits among the newest records. There are older ones.
      </Empty>
    );
  }
  if (filters.isFiltered)
    return <EmptyByFilter sentence={nothingFits(filters.values)} clear={filters.clear} />;
  const { text } = RANGES[rangeOf(filters.values)];
  return <Empty>{`Nothing has run in ${text}. Widen the time range or call an endpoint.`}</Empty>;
}
