import { useEffect } from "react";
import { useHost } from "./use-host.ts";

/** Have the host ask before the person leaves, while something is unsaved. */
export function useNavigationGuard(isDirty: boolean): void {
  const host = useHost();
  useEffect(() => {
    if (!isDirty) return;
    host.guard(true);
    return () => host.guard(false);
  }, [host, isDirty]);
}
