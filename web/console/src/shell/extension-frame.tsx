import { useMemo } from "react";
import { NavLink, Outlet, useParams } from "react-router";
import { EXTENSION_PAGES } from "../routes.tsx";
import { useTenantPath } from "../session/use-tenant-path.ts";
import { ExtensionContext } from "./extension-context.ts";
import { ExtensionHead } from "./extension-head.tsx";

/** Head and tabs of one extension, with the page that a tab leads to below. */
export function ExtensionFrame() {
  const { publisher = "", name = "" } = useParams();
  const tenantPath = useTenantPath();
  const shown = useMemo(() => {
    const base = tenantPath(`/extensions/${encodeURIComponent(publisher)}/${encodeURIComponent(name)}`);
    return {
      publisher,
      name,
      extension: `${publisher}/${name}`,
      segment: `${publisher}.${name}`,
      path: (below: string) => `${base}${below}`,
    };
  }, [publisher, name, tenantPath]);
  return (
    <ExtensionContext value={shown}>
      <ExtensionHead />
      <nav className="tabs" aria-label={`Pages of ${shown.extension}`}>
        <ul>
          {EXTENSION_PAGES.filter((page) => page.nav !== undefined).map((page) => (
            <li key={page.path}>
              <NavLink to={shown.path(page.path === "" ? "" : `/${page.path}`)} end={page.path === ""}>
                {page.nav}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <Outlet />
    </ExtensionContext>
  );
}
