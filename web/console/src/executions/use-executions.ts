/** Executions of a page: what is loaded, more of it, and what came since. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import type { Execution } from "./execution.ts";
import { executionQuery, type FilterValues } from "./execution-filters.ts";

export const PAGE = 50;
const FRESH_MS = 5_000;

interface PageParam {
  readonly cursor: string | null;
  /** When the first page was asked for: all pages look back from the same moment. */
  readonly at: number | null;
}

interface ExecutionPage {
  readonly items: readonly Execution[];
  readonly nextCursor: string | null;
  readonly at: number;
}

export function useExecutions(values: FilterValues) {
  const loaded = useInfiniteQuery({
    queryKey: ["executions", values],
    initialPageParam: { cursor: null, at: null } as PageParam,
    queryFn: ({ pageParam, signal }) => readPage(values, pageParam, signal),
    getNextPageParam: ({ nextCursor, at }): PageParam | undefined =>
      nextCursor === null ? undefined : { cursor: nextCursor, at },
    refetchOnWindowFocus: false,
  });
  const executions = loaded.data?.pages.flatMap(({ items }) => items) ?? [];
  const latest = useQuery({
    queryKey: ["executions-latest", values],
    queryFn: ({ signal }) => readPage(values, { cursor: null, at: null }, signal),
    refetchInterval: FRESH_MS,
    enabled: loaded.isSuccess,
  });
  return { loaded, ...merged(executions, latest.data?.items ?? []) };
}

/** What came since waits for a press; rows that are shown already tell how they ended where they stand. */
export function merged(shown: readonly Execution[], latest: readonly Execution[]) {
  const known = new Set(shown.map(({ execution_id }) => execution_id));
  const now = new Map(latest.map((execution) => [execution.execution_id, execution]));
  const newest = shown[0]?.started_at ?? "";
  return {
    executions: shown.map((execution) => now.get(execution.execution_id) ?? execution),
    fresh: latest.filter((one) => !known.has(one.execution_id) && one.started_at >= newest).length,
  };
}

async function readPage(values: FilterValues, param: PageParam, signal: AbortSignal): Promise<ExecutionPage> {
  const at = param.at ?? Date.now();
  const query = { ...executionQuery(values, at), limit: PAGE, ...(param.cursor && { cursor: param.cursor }) };
  const { items, next_cursor } = await answerOf(api.GET("/api/v1/executions", { params: { query }, signal }));
  return { items, nextCursor: next_cursor, at };
}
