/** The installs of the tenant, and the one of the extension whose pages are shown. */

import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import { useExtension } from "../shell/extension-context.ts";
import type { InstallView } from "./types.ts";

export const INSTALLS = ["installs"] as const;

const readInstalls = async ({ signal }: { signal: AbortSignal }) =>
  (await answerOf(api.GET("/api/v1/installs", { signal }))).items;

export function useInstalls(): UseQueryResult<InstallView[]> {
  return useQuery({ queryKey: INSTALLS, queryFn: readInstalls });
}

/** `install` is null where the tenant has none. */
export interface FoundInstall {
  readonly install: InstallView | null;
}

export function useInstall(): UseQueryResult<FoundInstall> {
  const { extension } = useExtension();
  return useQuery({
    queryKey: INSTALLS,
    queryFn: readInstalls,
    select: (items): FoundInstall => ({
      install: items.find((install) => install.extension === extension) ?? null,
    }),
  });
}
