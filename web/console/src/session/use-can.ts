import { can, type Permission } from "./session.ts";
import { useSession } from "./session-context.ts";

/** Whether whoever is signed in holds a permission in this tenant. */
export function useCan(permission: Permission): boolean {
  return can(useSession(), permission);
}
