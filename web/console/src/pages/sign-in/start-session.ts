import { ask } from "../../api/ask.ts";

export interface Credential {
  readonly kind: "link" | "key";
  readonly text: string;
}

/** Begins a session, whose cookie the answer sets. Throws ApiError. */
export async function startSession({ kind, text }: Credential): Promise<void> {
  const body = kind === "link" ? JSON.stringify({ link: text }) : null;
  const headers = kind === "link" ? { "content-type": "application/json" } : headerOf(text);
  await ask("/api/v1/sessions", { method: "POST", headers, body });
}

/** What a header cannot carry was no key; the gateway then says so in its own words. */
export function headerOf(text: string): Record<string, string> {
  const sendable = /^[\x21-\x7e]+$/.test(text) ? text : "annex_";
  return sendable.startsWith("annex_") ? { "x-api-key": sendable } : { authorization: `Bearer ${sendable}` };
}
