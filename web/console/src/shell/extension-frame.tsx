import { useLinkComponent } from "@annex/ui-kit";
import { useMemo } from "react";
import { Outlet, useLocation, useParams } from "react-router";
import { UpgradeWaits } from "../installs/upgrade-waits.tsx";
import { EXTENSION_PAGES } from "../routes.tsx";
import { useTenantPath } from "../session/use-tenant-path.ts";
import { ExtensionContext, type ShownExtension } from "./extension-context.ts";
import { ExtensionHead } from "./extension-head.tsx";

/** Head and tabs of one extension, with the page that a tab leads to below. */
export function ExtensionFrame() {
  const { publisher = "", name = "" } = useParams();
  const { pathname } = useLocation();
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
      <PageTabs shown={shown} />
      {!pathname.endsWith("/upgrade") && <UpgradeWaits />}
      <Outlet />
    </ExtensionContext>
  );
}

/** Links that look like tabs: each leads to an address of its own, so they are no tab list. */
function PageTabs({ shown }: { shown: ShownExtension }) {
  const { pathname } = useLocation();
  const Anchor = useLinkComponent();
  return (
    <nav className="page-tabs" aria-label={`Pages of ${shown.extension}`}>
      <ul>
        {EXTENSION_PAGES.filter((page) => page.nav !== undefined).map((page) => {
          const href = shown.path(page.path === "" ? "" : `/${page.path}`);
          const isHere = pathname === href || (page.path !== "" && pathname.startsWith(`${href}/`));
          return (
            <li key={page.path}>
              <Anchor href={href} className="page-tab" aria-current={isHere ? "page" : undefined}>
                {page.nav}
              </Anchor>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
