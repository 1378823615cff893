// The schedule's work: summarise the tickets that were closed since the last time.
import { HostError, type HostBindings } from "@annex/extension-runtime";

import { decoded, writeRecord } from "./records.ts";
import { SummaryFailed } from "./summarise.ts";
import { writeSummary } from "./summaries.ts";
import type { Ticket } from "./ticket.ts";

const NAMESPACE = "waiting";
// Well below the 50 requests that one call may make.
const PER_RUN = 20;
const KEPT_SECONDS = 14 * 86_400;

export interface Digest {
  summarised: string[];
  failed: string[];
  more: boolean;
}

/** Keep a ticket until the next digest; what comes twice waits once. */
export function awaitDigest(host: HostBindings, ticket: Ticket): void {
  writeRecord(host, NAMESPACE, ticket.id, ticket, { ttlSeconds: KEPT_SECONDS });
}

export function digest(host: HostBindings): Digest {
  const page = host.storageV2.listItems(NAMESPACE, { limit: PER_RUN, includeValues: true });
  const done: Digest = { summarised: [], failed: [], more: Boolean(page.nextCursor) };
  for (const { key, value, revision } of page.items) {
    try {
      writeSummary(host, decoded<Ticket>(value));
    } catch (error) {
      if (!(error instanceof SummaryFailed)) {
        throw error;
      }
      host.logging.warn(`ticket ${key} waits on: ${error.message}`);
      done.failed.push(key);
      continue;
    }
    removed(host, key, revision);
    done.summarised.push(key);
  }
  host.metrics.observe("digest_tickets", done.summarised.length, []);
  return done;
}

// A ticket that came again meanwhile has another revision, and stays.
function removed(host: HostBindings, key: string, revision: number | bigint): void {
  try {
    host.storageV2.delete(NAMESPACE, key, { tag: "revision", val: revision });
  } catch (error) {
    if (!(error instanceof HostError) || (error.code !== "conflict" && error.code !== "missing")) {
      throw error;
    }
  }
}
