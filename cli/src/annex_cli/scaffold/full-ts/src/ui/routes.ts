// What the endpoints take and answer. `annex types` keeps endpoints.d.ts: a path that the manifest lacks is an error.
import type { Note } from "../handler/notes.ts";
import type { RoutesOf } from "./endpoints.d.ts";

export type Routes = RoutesOf<{
  "GET /notes": { answer: { notes: Note[] } };
  "POST /notes": { body: { text: string }; answer: Note };
}>;
