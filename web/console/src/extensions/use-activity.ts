import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";

export type Activities = components["schemas"]["ActivityViews"];

/** A fault is to be seen within ten seconds. */
const FRESH_MS = 5_000;

/** How each extension of the tenant did in the last 24 hours. */
export function useActivity(): UseQueryResult<Activities> {
  return useQuery({
    queryKey: ["activity"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/console/activity", { signal })),
    refetchInterval: FRESH_MS,
  });
}
