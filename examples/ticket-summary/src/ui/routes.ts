// What the endpoints take and answer. `annex types` keeps endpoints.d.ts: a path that the manifest lacks is an error.
import type { Digest } from "../handler/digest.ts";
import type { Setup } from "../handler/setup.ts";
import type { Summary, SummaryPage } from "../handler/summaries.ts";
import type { Ticket } from "../handler/ticket.ts";
import type { RoutesOf } from "./endpoints.d.ts";

export type Routes = RoutesOf<{
  "GET /summaries": { answer: SummaryPage };
  "GET /summaries/:ticket": { answer: Summary };
  "POST /summaries": { body: Ticket; answer: Summary };
  "POST /digest": { answer: Digest };
  "GET /setup": { answer: Setup };
}>;
