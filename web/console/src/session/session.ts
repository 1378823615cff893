/** Who is signed in, for which tenant, and what they may do. */

export interface Session {
  readonly csrfToken: string;
  /** When it ends if nothing more is asked of the gateway. */
  readonly expiresAt: string;
  readonly tenant: { readonly id: string; readonly slug: string; readonly name: string };
  readonly principal: { readonly id: string; readonly name: string; readonly kind: string };
  readonly permissions: readonly string[];
  readonly roles: readonly string[];
  readonly isTenantAdmin: boolean;
  /** Who can give a permission in this tenant, by name. */
  readonly administrators: readonly string[];
}

export type Permission =
  | "extension:read"
  | "extension:write"
  | "extension:publish"
  | "extension:debug"
  | "platform:admin"
  /** Not one of the gateway's permissions: the right to administer one's own tenant. */
  | "tenant:admin";

export function can(session: Session, permission: Permission): boolean {
  if (permission === "tenant:admin") return session.isTenantAdmin;
  return session.permissions.includes(permission);
}
