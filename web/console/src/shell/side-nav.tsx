import { useState } from "react";
import { NavLink, useLocation } from "react-router";
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
  const shown = TENANT_PAGES.filter(
    ({ nav, permission }) => nav !== undefined && (permission === undefined || can(session, permission)),
  );
  return (
    <nav className="side-nav" aria-label="Main">
      <button
        type="button"
        className="side-nav-toggle"
        aria-expanded={isOpen}
        aria-controls="side-nav-list"
        onClick={() => setOpenAt(isOpen ? null : pathname)}
      >
        Menu
      </button>
      <ul id="side-nav-list" className={isOpen ? "is-open" : undefined}>
        {shown.map(({ path, nav }) => (
          <li key={path}>
            <NavLink to={tenantPath(`/${path}`)}>{nav}</NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
