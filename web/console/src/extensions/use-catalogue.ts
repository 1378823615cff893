import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { REFRESH_MS } from "../queries.ts";

export type ExtensionRow = components["schemas"]["ExtensionRow"];

const PART = 50;
const LARGEST_PART = 100;
/** Beyond so many extensions the newest versions of installed ones are read where they are shown. */
const MOST_PARTS = 20;

/** Everything that is published, by name, loaded in parts; `q` is the beginning of a name. */
export function useCatalogue(q: string) {
  return useInfiniteQuery({
    queryKey: ["extensions", "catalogue", q],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => readPart(PART, q, pageParam, signal),
    getNextPageParam: (part) => part.next_cursor,
  });
}

/** The rows of the extensions named, however many others there are. */
export function useRowsOf(names: readonly string[]) {
  return useQuery({
    queryKey: ["extensions", "rows", [...names].sort()],
    queryFn: ({ signal }) => readRows(new Set(names), signal),
    enabled: names.length > 0,
    refetchInterval: REFRESH_MS,
  });
}

export function useExtensionRow(publisher: string, name: string) {
  return useQuery({
    queryKey: ["extensions", "row", publisher, name],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/extensions/{publisher}/{name}", { params: { path: { publisher, name } }, signal }),
      ),
  });
}

async function readRows(
  wanted: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<string, ExtensionRow>> {
  const found = new Map<string, ExtensionRow>();
  let cursor: string | null = null;
  for (let part = 0; part < MOST_PARTS && found.size < wanted.size; part += 1) {
    const answer: components["schemas"]["ExtensionRows"] = await readPart(LARGEST_PART, "", cursor, signal);
    for (const row of answer.items) if (wanted.has(row.extension)) found.set(row.extension, row);
    cursor = answer.next_cursor;
    if (cursor === null) break;
  }
  return found;
}

function readPart(limit: number, q: string, cursor: string | null, signal: AbortSignal) {
  const query = { limit, ...(q !== "" && { q }), ...(cursor !== null && { cursor }) };
  return answerOf(api.GET("/api/v1/extensions", { params: { query }, signal }));
}
