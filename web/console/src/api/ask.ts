/** Calls what has no typed route: bytes and text. Throws ApiError. */

import { problemOf } from "./problem.ts";
import { send } from "./send.ts";

export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await send(new Request(new URL(path, location.origin), init));
  if (!response.ok) throw await problemOf(response);
  return response;
}
