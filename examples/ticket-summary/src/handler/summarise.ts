// Asks the summary service. The key is filled in on the way out: this code never sees it.
import { HostError, type HostBindings, type HttpResponse, readJson } from "@annex/extension-runtime";

import { settingsOf } from "./settings.ts";
import type { Ticket } from "./ticket.ts";

/** The service did not give a summary; `code` says which part failed. */
export class SummaryFailed extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const LONGEST_SUMMARY = 4_000;
const WHY_NOT_SENT: Record<string, string> = {
  "not-allowed": "The summary service may not be called: check the install's hosts and the secret SUMMARY_API_KEY.",
  "invalid-url": "The address of the summary service in the configuration is none.",
  transport: "The summary service did not answer.",
};

export function summarise(host: HostBindings, ticket: Ticket): string {
  const { summaryUrl, sentences, language } = settingsOf(host);
  const body = { subject: ticket.subject, messages: ticket.messages, sentences, language };
  const answer = asked(host, summaryUrl, body);
  if (answer.status !== 200) {
    throw new SummaryFailed("SERVICE_REFUSED", `The summary service answered ${answer.status}.`);
  }
  const summary = (parsed(answer) as { summary?: unknown } | null | undefined)?.summary;
  if (typeof summary !== "string" || summary.length > LONGEST_SUMMARY) {
    throw new SummaryFailed("SERVICE_ANSWER_WRONG", "The summary service answered without a summary.");
  }
  return summary;
}

function asked(host: HostBindings, url: string, document: unknown): HttpResponse {
  try {
    return host.http.fetch({
      method: "POST",
      url,
      headers: [
        { name: "content-type", value: "application/json" },
        { name: "authorization", value: "Bearer {{secret:SUMMARY_API_KEY}}" },
      ],
      body: new TextEncoder().encode(JSON.stringify(document)),
    });
  } catch (error) {
    if (error instanceof HostError) {
      const code = String(error.code);
      throw new SummaryFailed("SERVICE_NOT_REACHED", WHY_NOT_SENT[code] ?? `The request failed: ${code}.`);
    }
    throw error;
  }
}

function parsed(answer: HttpResponse): unknown {
  try {
    return readJson(answer);
  } catch {
    return undefined;
  }
}
