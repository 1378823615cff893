/** Says on a page that can be read why nothing on it can be changed, and who can help. */

import { Alert } from "@annex/ui-kit";
import { can, type Permission } from "../session/session.ts";
import { useSession } from "../session/session-context.ts";

export function ReadOnlyNote({ permission }: { permission: Permission }) {
  const session = useSession();
  if (can(session, permission)) return null;
  const named = new Intl.ListFormat("en", { type: "disjunction" }).format(session.administrators);
  return (
    <Alert announce="none">
      You can look at this and not change it. Ask a {session.tenant.name} admin for {permission}
      {named === "" ? "." : `: ${named}.`}
    </Alert>
  );
}
