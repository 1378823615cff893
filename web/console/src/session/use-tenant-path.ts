import { useCallback } from "react";
import { useSession } from "./session-context.ts";

/** Makes addresses of the present tenant: `tenantPath("/extensions")` is `/t/dev/extensions`. */
export function useTenantPath(): (path: string) => string {
  const { slug } = useSession().tenant;
  return useCallback((path: string) => `/t/${encodeURIComponent(slug)}${path}`, [slug]);
}
