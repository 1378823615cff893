/** Turns a problem document, or what stands in its place, into an `ApiError`. */

import { ApiError } from "./api-error.ts";

export async function problemOf(response: Response): Promise<ApiError> {
  const body = await bodyOf(response);
  const text = (name: string) => (typeof body[name] === "string" ? body[name] : null);
  return new ApiError({
    code: text("code") ?? `HTTP_${response.status}`,
    status: response.status,
    message: text("message") ?? text("detail") ?? `The server answered ${response.status}.`,
    hint: text("hint"),
    requestId: text("request_id") ?? response.headers.get("x-request-id"),
    details: isRecord(body["details"]) ? body["details"] : {},
    docs: text("type"),
  });
}

export function unreachable(cause: unknown): ApiError {
  const error = new ApiError({
    code: "GATEWAY_UNREACHABLE",
    status: 0,
    message: "The gateway did not answer.",
    hint: "Check your connection, then try again.",
    requestId: null,
    details: {},
    docs: null,
  });
  error.cause = cause;
  return error;
}

async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json();
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
