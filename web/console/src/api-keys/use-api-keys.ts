/** The tenant's API keys, and the ways to make, change and end them. */

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import type { Sent } from "../installs/types.ts";

export type ApiKey = components["schemas"]["ApiKeyView"];
export type IssuedKey = components["schemas"]["IssuedKeyView"];
type CreateApiKey = components["schemas"]["CreateApiKey"];

const KEYS = ["api-keys"] as const;
const DAY_MS = 86_400_000;

export function useApiKeys() {
  return useInfiniteQuery({
    queryKey: KEYS,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/api-keys", {
          params: { query: { limit: 100, ...(pageParam === null ? {} : { after: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_after,
  });
}

function useKeyWrite<Wish, Answer>(write: (wish: Wish) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation<Answer, Error, Wish>({
    // An answer holds the key's text: it is gone as soon as its dialog is closed.
    gcTime: 0,
    mutationFn: write,
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS }),
  });
}

export const useIssueKey = () =>
  useKeyWrite(async (wish: Sent<CreateApiKey>) =>
    answerOf(api.POST("/api/v1/api-keys", { body: wish as CreateApiKey })),
  );

export const useRotateKey = () =>
  useKeyWrite(async ({ keyId, overlapSeconds }: { keyId: string; overlapSeconds: number }) =>
    answerOf(
      api.POST("/api/v1/api-keys/{key_id}/rotate", {
        params: { path: { key_id: keyId } },
        body: { overlap_seconds: overlapSeconds } as components["schemas"]["RotateApiKey"],
      }),
    ),
  );

export const useRevokeKey = () =>
  useKeyWrite(async (keyId: string) => {
    await api.DELETE("/api/v1/api-keys/{key_id}", { params: { path: { key_id: keyId } } });
  });

/** What ran on behalf of a principal lately; asked for before its key is revoked. */
export function useRecentUse(principalId: string | null) {
  return useQuery({
    queryKey: ["executions", "recent", principalId],
    enabled: principalId !== null,
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/executions", {
          params: {
            query: {
              principal_id: principalId ?? "",
              since: new Date(Date.now() - DAY_MS).toISOString(),
              limit: 200,
            },
          },
          signal,
        }),
      ),
  });
}
