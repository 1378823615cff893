/** Every request of the console goes through here: the session's token, known answers, a lost session. */

import { KnownAnswers } from "./known-answers.ts";
import { unreachable } from "./problem.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const known = new KnownAnswers();
const lost = new Set<() => void>();
let csrfToken: string | null = null;

export function setCsrfToken(token: string | null): void {
  csrfToken = token;
  if (token === null) known.forget();
}

/** Calls back when an answer says that there is no session any more; returns the end of that. */
export function onSessionLost(callback: () => void): () => void {
  lost.add(callback);
  return () => void lost.delete(callback);
}

/** Sends a request of our own origin. Throws ApiError where no answer came; a refusal is an answer. */
export async function send(request: Request): Promise<Response> {
  const { method, url } = request;
  const headers = new Headers(request.headers);
  if (!SAFE.has(method) && csrfToken !== null) headers.set("x-csrf-token", csrfToken);
  const etag = method === "GET" ? known.etagOf(url) : null;
  if (etag !== null) headers.set("if-none-match", etag);
  const response = await answered(new Request(request, { headers, credentials: "same-origin" }));
  if (response.status === 401 && csrfToken !== null) for (const callback of lost) callback();
  return method === "GET" ? known.settle(url, response) : response;
}

async function answered(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw unreachable(cause);
  }
}
