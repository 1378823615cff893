import { useMemo } from "react";
import { useInstalls } from "./use-installs.ts";

/** Names extensions by id; one that is not installed any more has no name here. */
export function useExtensionNames(): (extensionId: string) => string | null {
  const { data } = useInstalls();
  return useMemo(() => {
    const names = new Map(data?.map((install) => [install.extension_id, install.extension]));
    return (extensionId: string) => names.get(extensionId) ?? null;
  }, [data]);
}
