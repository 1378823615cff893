/** Where an extension's own page is, as it stands in the console's address behind `…/open`. */

/** Takes the extension's path out of an address: `/t/dev/extensions/a/b/open/notes/7?x=1` is `/notes/7?x=1`. */
export function pathInside(base: string, pathname: string, search: string): string {
  const rest = pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : "/";
  return `${rest}${search}`;
}

/** Puts a path of the extension behind the base; its own root is the base itself. */
export function addressOf(base: string, path: string): string {
  const [pathname = "", ...query] = path.split("?");
  const search = query.length > 0 ? `?${query.join("?")}` : "";
  return `${base}${pathname === "/" ? "" : pathname}${search}`;
}
