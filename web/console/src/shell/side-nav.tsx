import { Button, NavList } from "@annex/ui-kit";
import { useState } from "react";
import { useLocation } from "react-router";
import { TENANT_PAGES } from "../routes.tsx";
import { can } from "../session/session.ts";
import { useSession } from "../session/session-context.ts";
import { useTenantPath } from "../session/use-tenant-path.ts";

/** The tenant's pages; below 1280 px it opens with a button. */
export function SideNav() {
  const session = useSession();
  const tenantPath = useTenantPath();
  const { pathname } = useLocation();
  const [openAt, setOpenAt] = useState<string | null>(null);
  const isOpen = openAt === pathname;
  const items = TENANT_PAGES.flatMap(({ path, nav, permission }) => {
    if (nav === undefined || (permission !== undefined && !can(session, permission))) return [];
    const href = tenantPath(`/${path}`);
    return [{ label: nav, href, current: pathname === href || pathname.startsWith(`${href}/`) }];
  });
  return (
    <div className="side-nav">
      <Button
        className="side-nav-toggle"
        aria-expanded={isOpen}
        aria-controls="side-nav-list"
        onClick={() => setOpenAt(isOpen ? null : pathname)}
      >
        Menu
      </Button>
      <div id="side-nav-list" data-open={isOpen}>
        <NavList label="Main" items={items} />
      </div>
    </div>
  );
}
