// Events the manifest subscribes to. They are delivered at least once: hearing one twice changes nothing.
import type { HostBindings } from "@annex/extension-runtime";

import { awaitDigest } from "./digest.ts";
import { ensureDigest } from "./setup.ts";
import { TicketRefused, ticketOf } from "./ticket.ts";

const TICKET_CLOSED = "extension.event.annex-demo.helpdesk.ticket.closed";

export function heard(topic: string, event: unknown, host: HostBindings): { heard: string } {
  if (topic === "install.changed") {
    ensureDigest(host);
  } else if (topic === TICKET_CLOSED) {
    queued(event, host);
  }
  return { heard: topic };
}

function queued(event: unknown, host: HostBindings): void {
  const payload = (event as { data?: { payload?: unknown } } | null)?.data?.payload;
  try {
    awaitDigest(host, ticketOf(payload));
  } catch (error) {
    if (!(error instanceof TicketRefused)) {
      throw error;
    }
    // An answer of failure would have it delivered again, and it would be no better.
    host.logging.warn(`a closed ticket was left out: ${error.message}`);
  }
}
