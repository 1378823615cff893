// Written by `annex types` from manifest.json; do not edit.

/** What the extension answers. */
export type Endpoint =
  | "GET /summaries"
  | "GET /summaries/:ticket"
  | "POST /summaries"
  | "POST /digest"
  | "GET /setup";

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
