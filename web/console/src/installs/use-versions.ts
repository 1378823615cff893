/** The versions of the extension whose pages are shown, and one of them with its manifest. */

import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import { useExtension } from "../shell/extension-context.ts";
import type { VersionDetail, VersionRow } from "./types.ts";

/** More are found by their number, which every address takes. */
const SHOWN = 100;

export function useVersions(): UseQueryResult<VersionRow[]> {
  const { publisher, name } = useExtension();
  return useQuery({
    queryKey: ["versions", publisher, name, "newest"],
    queryFn: async ({ signal }) =>
      (
        await answerOf(
          api.GET("/api/v1/extensions/{publisher}/{name}/versions", {
            params: { path: { publisher, name }, query: { limit: SHOWN } },
            signal,
          }),
        )
      ).items,
  });
}

export function useVersion(version: string | null): UseQueryResult<VersionDetail> {
  const { publisher, name } = useExtension();
  return useQuery({
    queryKey: ["version", publisher, name, version],
    enabled: version !== null,
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/extensions/{publisher}/{name}/versions/{version}", {
          params: { path: { publisher, name, version: version ?? "" } },
          signal,
        }),
      ),
  });
}
