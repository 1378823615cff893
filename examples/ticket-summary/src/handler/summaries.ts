// Summaries, one for each ticket, in the extension's storage.
import type { HostBindings } from "@annex/extension-runtime";

import { decoded, readRecord, writeRecord } from "./records.ts";
import { summarise } from "./summarise.ts";
import type { Ticket } from "./ticket.ts";

const NAMESPACE = "summaries";
const PAGE = 50;

export interface Summary {
  ticket: string;
  subject: string;
  summary: string;
  messages: number;
  written_at: string;
  /** Of what was summarised: the same ticket is not sent twice. */
  fingerprint: string;
}

export interface SummaryPage {
  summaries: Summary[];
  next: string | null;
}

export function listSummaries(host: HostBindings, query: string): SummaryPage {
  const [, cursor] = /(?:^|&)after=([^&]+)/.exec(query) ?? [];
  const page = host.storageV2.listItems(NAMESPACE, {
    limit: PAGE,
    includeValues: true,
    cursor: cursor === undefined ? null : decodeURIComponent(cursor),
  });
  return { summaries: page.items.map(({ value }) => decoded<Summary>(value)), next: page.nextCursor ?? null };
}

export function readSummary(host: HostBindings, ticket: string): Summary | undefined {
  return readRecord<Summary>(host, NAMESPACE, ticket);
}

/** Summarise a ticket, unless exactly this has been summarised before. */
export function writeSummary(host: HostBindings, ticket: Ticket): { summary: Summary; isNew: boolean } {
  const fingerprint = fingerprintOf(JSON.stringify([ticket.subject, ticket.messages]));
  const before = readSummary(host, ticket.id);
  if (before?.fingerprint === fingerprint) {
    return { summary: before, isNew: false };
  }
  const summary = {
    ticket: ticket.id,
    subject: ticket.subject,
    summary: summarise(host, ticket),
    messages: ticket.messages.length,
    written_at: new Date().toISOString(),
    fingerprint,
  };
  writeRecord(host, NAMESPACE, ticket.id, summary);
  host.metrics.count("summaries_written", 1, [["kind", before === undefined ? "first" : "again"]]);
  host.events.emit("summary.written", JSON.stringify({ ticket: ticket.id, subject: ticket.subject }));
  host.logging.info(`ticket ${ticket.id} was summarised`);
  return { summary, isNew: true };
}

// FNV-1a, twice with different beginnings: tells versions of one ticket apart; nothing secret depends on it.
function fingerprintOf(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const half = (beginning: number) => {
    let hash = beginning;
    for (const byte of bytes) {
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    return (hash >>> 0).toString(16).padStart(8, "0");
  };
  return half(0x811c9dc5) + half(0x2f0b4c47);
}
