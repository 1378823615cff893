"""TypeScript for the endpoints of a manifest: a page that calls another path does not compile."""

import json
from collections.abc import Sequence

from annex_shared.manifest import Manifest

_HEAD = "// Written by `annex types` from manifest.json; do not edit.\n\n/** What the extension answers. */\n"
_TAIL = """
/** What is sent to an endpoint and what it answers; what is left out is unknown. */
export interface Exchange {
  body?: unknown;
  answer?: unknown;
}

/**
 * The routes for `connect<Routes>()`: `RoutesOf<{ "GET /notes": { answer: Note[] } }>`. A key that is none of
 * the manifest's endpoints is an error, and an endpoint without a key may be called all the same.
 */
export type RoutesOf<Types extends { [Path in keyof Types]: Path extends Endpoint ? Exchange : never }> = {
  [Path in Endpoint]: Path extends keyof Types ? Types[Path] : Record<never, never>;
};
"""


def endpoints_of(manifest: Manifest) -> list[str]:
    """List the endpoints as `METHOD /path`, each once, in the manifest's order."""
    return list(dict.fromkeys(f"{one.method} {one.path}" for one in manifest.endpoints))


def route_types(endpoints: Sequence[str]) -> str:
    if not endpoints:
        return f"{_HEAD}export type Endpoint = never;\n{_TAIL}"
    union = "\n".join(f"  | {json.dumps(one)}" for one in endpoints)
    return f"{_HEAD}export type Endpoint =\n{union};\n{_TAIL}"
