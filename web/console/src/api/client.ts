/** The gateway's routes, typed by its own description. */

import createClient from "openapi-fetch";
import { problemOf } from "./problem.ts";
import type { paths } from "./schema.d.ts";
import { send } from "./send.ts";

const client = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "http://127.0.0.1",
  fetch: send,
});

client.use({
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
});

/** `api.GET("/api/v1/extensions", {…})`; refused and failed calls throw ApiError. */
export const api = client;

/** Returns the body of an answer: `await answerOf(api.GET(…))`. */
export async function answerOf<Body>(call: Promise<{ data?: Body }>): Promise<NonNullable<Body>> {
  const { data } = await call;
  if (data === undefined || data === null) throw new TypeError("The answer has no body.");
  return data;
}
