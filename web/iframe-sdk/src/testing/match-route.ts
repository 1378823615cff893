export interface MatchedRoute {
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Find the first route (`GET /notes/:id`) that a path fits, as the gateway matches endpoints of a manifest. */
export function matchRoute(
  routes: readonly string[],
  method: string,
  path: string,
): MatchedRoute | undefined {
  for (const route of routes) {
    const [verb, pattern = ""] = route.split(" ");
    const params = verb === method ? fitted(pattern.split("/"), path.split("/")) : undefined;
    if (params) return { route, params };
  }
  return undefined;
}

function fitted(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== path.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, segment] of pattern.entries()) {
    const text = path[at] ?? "";
    if (segment.startsWith(":")) params[segment.slice(1)] = decodeURIComponent(text);
    else if (segment !== text) return undefined;
  }
  return params;
}
