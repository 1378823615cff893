/** What an entry of the record says happened, as a clause after who did it. */

export interface RecordedChange {
  readonly change: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Every kind of change the gateway records. */
export const CHANGES: Readonly<Record<string, string>> = {
  "tenant.created": "created the tenant",
  "principal.created": "added a member",
  "principal.changed": "changed a member",
  "api_key.issued": "created an API key",
  "api_key.rotated": "gave an API key a new secret",
  "api_key.revoked": "revoked an API key",
  "role.set": "changed a role",
  "role.removed": "removed a role",
  "role.assigned": "gave a role",
  "role.unassigned": "took a role",
  "sign_in_link.issued": "made a sign-in link",
  "session.started": "signed in",
  "session.ended": "signed out",
};

export function changeWords(change: string): string {
  return CHANGES[change] ?? change;
}

/** `role: operator, permissions: extension:read` */
export function detailWords(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${valueWords(value)}`)
    .join(" · ");
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueWords).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
