// What the platform calls for every request, run of a schedule and event.
import { type ExecuteRequest, type ExecuteResponse, type Handler, type HostBindings, jsonResponse, readJson } from "@annex/extension-runtime";

import { digest } from "./digest.ts";
import { heard } from "./events.ts";
import { setup } from "./setup.ts";
import { SummaryFailed } from "./summarise.ts";
import { listSummaries, readSummary, writeSummary } from "./summaries.ts";
import { TicketRefused, ticketOf } from "./ticket.ts";

const EVENTS = "/annex/events/";

export const handler: Handler = async (request, host) => {
  try {
    return answered(request, host);
  } catch (error) {
    if (error instanceof TicketRefused || error instanceof SyntaxError) {
      return jsonResponse({ message: error.message }, { status: 422 });
    }
    if (error instanceof SummaryFailed) {
      host.logging.warn(error.message);
      return jsonResponse({ message: error.message, code: error.code }, { status: 502 });
    }
    throw error;
  }
};

function answered(request: ExecuteRequest, host: HostBindings): ExecuteResponse {
  const { method, url } = request.http;
  const [path = "", query = ""] = url.split("?", 2);
  if (path.startsWith(EVENTS)) {
    return jsonResponse(heard(path.slice(EVENTS.length), readJson(request.http), host));
  }
  switch (`${method} ${path}`) {
    case "GET /summaries":
      return jsonResponse(listSummaries(host, query));
    case "POST /summaries": {
      const { summary, isNew } = writeSummary(host, ticketOf(readJson(request.http)));
      return jsonResponse(summary, { status: isNew ? 201 : 200 });
    }
    case "POST /digest":
      return jsonResponse(digest(host));
    case "GET /setup":
      return jsonResponse(setup(host));
  }
  const [, ticket] = /^\/summaries\/([^/]+)$/.exec(path) ?? [];
  const found = method === "GET" && ticket !== undefined && readSummary(host, decodeURIComponent(ticket));
  return found ? jsonResponse(found) : jsonResponse({ message: "There is no such summary." }, { status: 404 });
}
