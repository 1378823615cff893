import { type Crumb, Breadcrumbs as KitBreadcrumbs } from "@annex/ui-kit";
import { useMatches } from "react-router";

/** What a route's `handle` says about its own place. */
export interface CrumbHandle {
  readonly crumb: (params: Readonly<Record<string, string | undefined>>) => string;
}

/** The way from the tenant to this page; the page itself is the last and no link. */
export function Breadcrumbs() {
  const way = useMatches().flatMap(({ handle, params, pathname }): Required<Crumb>[] =>
    isCrumbHandle(handle) ? [{ label: handle.crumb(params), href: pathname }] : [],
  );
  if (way.length < 2) return null;
  const items = way.map(({ label, href }, place) => (place === way.length - 1 ? { label } : { label, href }));
  return <KitBreadcrumbs items={items} />;
}

function isCrumbHandle(handle: unknown): handle is CrumbHandle {
  return typeof handle === "object" && handle !== null && "crumb" in handle;
}
