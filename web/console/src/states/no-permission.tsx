import type { Permission } from "../session/session.ts";
import { useSession } from "../session/session-context.ts";

export interface NoPermissionProps {
  readonly permission: Permission;
  /** What stays closed, in a sentence: "You can see this extension but not its versions." */
  readonly sentence?: string;
}

/** Which permission is missing, in which tenant, and who can give it. */
export function NoPermission({ permission, sentence }: NoPermissionProps) {
  const { tenant, administrators } = useSession();
  const named = new Intl.ListFormat("en", { type: "disjunction" }).format(administrators);
  const right = permission === "tenant:admin" ? "the role admin" : permission;
  return (
    <section className="state state-no-permission">
      <h2>You may not see this</h2>
      <p>
        {sentence ?? "This page is closed to you."} Ask a {tenant.name} admin for {right}
        {administrators.length > 0 && <>: {named}</>}.
      </p>
    </section>
  );
}
