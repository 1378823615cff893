/** The versions of an extension, newest first, loaded in parts; new ones wait until they are asked for. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import type { VersionRow } from "../installs/types.ts";
import { REFRESH_MS } from "../queries.ts";

const PART = 50;

export interface VersionParts {
  readonly rows: readonly VersionRow[];
  /** Versions published since the list was read, not among the rows. */
  readonly fresh: number;
}

async function readPart(publisher: string, name: string, cursor: string | null, signal: AbortSignal) {
  const query = { limit: PART, ...(cursor === null ? {} : { cursor }) };
  return answerOf(
    api.GET("/api/v1/extensions/{publisher}/{name}/versions", {
      params: { path: { publisher, name }, query },
      signal,
    }),
  );
}

export function useVersionList(publisher: string, name: string) {
  const list = useInfiniteQuery({
    queryKey: ["versions", publisher, name, "parts"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => readPart(publisher, name, pageParam, signal),
    getNextPageParam: (part) => part.next_cursor,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const newest = useQuery({
    queryKey: ["versions", publisher, name, "newest-part"],
    queryFn: ({ signal }) => readPart(publisher, name, null, signal),
    refetchInterval: REFRESH_MS,
    enabled: list.isSuccess,
  });
  const parts =
    list.data &&
    partsOf(
      list.data.pages.flatMap(({ items }) => items),
      newest.data?.items ?? [],
    );
  return { list, newest, parts };
}

/** Keeps the rows where they are, brings what is known of them up to date, and counts what is not among them. */
export function partsOf(shown: readonly VersionRow[], newest: readonly VersionRow[]): VersionParts {
  const now = new Map(newest.map((row) => [row.version_id, row]));
  const there = new Set(shown.map((row) => row.version_id));
  return {
    rows: shown.map((row) => now.get(row.version_id) ?? row),
    fresh: newest.filter((row) => !there.has(row.version_id)).length,
  };
}
