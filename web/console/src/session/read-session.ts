import { answerOf, api } from "../api/client.ts";
import { setCsrfToken } from "../api/send.ts";
import type { Session } from "./session.ts";

/** Asks the gateway who is signed in. Throws ApiError, with status 401 where nobody is. */
export async function readSession(signal?: AbortSignal): Promise<Session> {
  const given = await answerOf(api.GET("/api/v1/console/session", signal === undefined ? {} : { signal }));
  setCsrfToken(given.csrf_token);
  return {
    csrfToken: given.csrf_token,
    expiresAt: given.expires_at,
    tenant: { id: given.tenant.tenant_id, slug: given.tenant.slug, name: given.tenant.name },
    principal: { id: given.principal_id, name: given.name, kind: given.kind },
    permissions: given.permissions,
    roles: given.roles,
    isTenantAdmin: given.is_tenant_admin,
    administrators: given.administrators,
  };
}
