/** The record of who changed what about who may do what: pages of it, or all of it for a file. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";

export type Entry = components["schemas"]["ChangeView"];

export interface AuditFilters {
  readonly change: string;
  readonly actor: string;
  readonly subject: string;
  readonly request: string;
  readonly since: string;
  readonly until: string;
}

const PAGE = 100;
const EXPORT_PAGE = 500;
/** A file of more is asked for in parts, by narrower times. */
export const MOST_EXPORTED = 50_000;

export function useAudit(filters: AuditFilters) {
  return useInfiniteQuery({
    queryKey: ["audit", filters],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) => readPage(filters, pageParam, PAGE, signal),
    getNextPageParam: (page) => page.next_before,
  });
}

export async function readAll(filters: AuditFilters, signal: AbortSignal): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  let before: number | null = null;
  do {
    const page: components["schemas"]["ChangeViews"] = await readPage(filters, before, EXPORT_PAGE, signal);
    found.push(...page.items);
    before = page.next_before;
  } while (before !== null && found.length < MOST_EXPORTED);
  return found;
}

function readPage(filters: AuditFilters, before: number | null, limit: number, signal: AbortSignal) {
  const { change, actor, subject, request, since, until } = filters;
  const query = {
    limit,
    ...(before === null ? {} : { before: String(before) }),
    ...(change && { change }),
    ...(actor && { actor }),
    ...(subject && { subject }),
    ...(request && { request_id: request }),
    ...(since && { since: `${since}T00:00:00Z` }),
    ...(until && { until: `${until}T00:00:00Z` }),
  };
  return answerOf(api.GET("/api/v1/audit", { params: { query }, signal }));
}
