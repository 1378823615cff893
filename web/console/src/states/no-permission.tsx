import { Empty } from "@annex/ui-kit";
import type { Permission } from "../session/session.ts";
import { useSession } from "../session/session-context.ts";

export interface NoPermissionProps {
  readonly permission: Permission;
  /** What stays closed, in a sentence: "You can see this extension but not its versions." */
  readonly sentence?: string | undefined;
}

/** Which permission is missing, in which tenant, and who can give it. */
export function NoPermission({ permission, sentence = "This page is closed to you." }: NoPermissionProps) {
  const { tenant, administrators } = useSession();
  const named = new Intl.ListFormat("en", { type: "disjunction" }).format(administrators);
  const right = permission === "tenant:admin" ? "the role admin" : permission;
  return (
    <Empty title="You do not have the permission">
      {sentence} Ask a {tenant.name} admin for {right}
      {administrators.length > 0 && `: ${named}`}.
    </Empty>
  );
}
