/** The tenant's installs, shared by every page that names extensions. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answerOf, api } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { REFRESH_MS } from "../queries.ts";

export type Install = components["schemas"]["InstallView"];

export const INSTALLS = ["installs"] as const;

export function useInstalls(refetchInterval: number = REFRESH_MS) {
  return useQuery({
    queryKey: INSTALLS,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/installs", { signal })),
    refetchInterval,
  });
}

/** Names extensions by id; one that is not installed any more has no name here. */
export function useExtensionNames(): (extensionId: string) => string | null {
  const { data } = useInstalls();
  return useMemo(() => {
    const names = new Map(data?.items.map((install) => [install.extension_id, install.extension]));
    return (extensionId: string) => names.get(extensionId) ?? null;
  }, [data]);
}
