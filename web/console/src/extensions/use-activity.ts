import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { REFRESH_MS } from "../queries.ts";

export type Activities = components["schemas"]["ActivityViews"];

/** How each extension of the tenant did in the last 24 hours. */
export function useActivity(): UseQueryResult<Activities> {
  return useQuery({
    queryKey: ["activity"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/console/activity", { signal })),
    refetchInterval: REFRESH_MS,
  });
}
