import { Link, useMatches } from "react-router";

interface Crumb {
  readonly text: string;
  readonly to: string;
}

/** What a route's `handle` says about its own place. */
export interface CrumbHandle {
  readonly crumb: (params: Readonly<Record<string, string | undefined>>) => string;
}

/** The way from the tenant to this page; the page itself is the last and no link. */
export function Breadcrumbs() {
  const crumbs = useMatches().flatMap(({ handle, params, pathname }): Crumb[] =>
    isCrumbHandle(handle) ? [{ text: handle.crumb(params), to: pathname }] : [],
  );
  if (crumbs.length < 2) return null;
  return (
    <nav className="breadcrumbs" aria-label="Breadcrumbs">
      <ol>
        {crumbs.map(({ text, to }, place) => (
          <li key={to}>
            {place === crumbs.length - 1 ? (
              <span aria-current="page">{text}</span>
            ) : (
              <Link to={to}>{text}</Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

function isCrumbHandle(handle: unknown): handle is CrumbHandle {
  return typeof handle === "object" && handle !== null && "crumb" in handle;
}
