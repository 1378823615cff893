import { accepts } from "../contract/accepts.ts";
import { checkApiAnswer, type ErrorCode } from "../contract/messages.ts";
import { AnnexError } from "../errors/annex-error.ts";
import { fromBase64 } from "./bytes.ts";
import type { ApiResult } from "./host.ts";

const PROBLEM = "x-annex-problem";
const NOT_ALLOWED = /^(PERMISSION|CLIENT|EXTENSION_NOT_FOR)/;

/** Make of the host's answer what the caller gets, or the error. */
export function apiResult<T>(answer: unknown): ApiResult<T> {
  if (!accepts(checkApiAnswer, answer)) throw new AnnexError("HOST_FAILED", "The host gave no answer.");
  const { status, headers, body = "", encoding } = answer;
  const data = dataOf(body, encoding === "base64", headers["content-type"]);
  const requestId = headers["x-request-id"];
  if (status < 400) return { status, headers, data: data as T, requestId };
  const problem = headers[PROBLEM];
  throw new AnnexError(codeOf(status, problem), messageOf(data, status), {
    status,
    requestId,
    problem,
    data,
  });
}

function codeOf(status: number, problem: string | undefined): ErrorCode {
  if (problem === undefined) return status < 500 ? "EXTENSION_REFUSED" : "EXTENSION_FAILED";
  if (problem === "ENDPOINT_NOT_FOUND") return problem;
  switch (status) {
    case 401:
      return "SESSION_ENDED";
    case 403:
      return NOT_ALLOWED.test(problem) ? "PERMISSION_DENIED" : "EXTENSION_UNAVAILABLE";
    case 404:
      return "EXTENSION_UNAVAILABLE";
    case 429:
      return "RATE_LIMITED";
    case 503:
      return "PLATFORM_UNAVAILABLE";
    case 504:
      return "TIMEOUT";
  }
  return status < 500 ? "INVALID_ARGUMENT" : "EXTENSION_FAILED";
}

function messageOf(data: unknown, status: number): string {
  const { message } = Object(data) as { message?: unknown };
  return typeof message === "string" ? message : `The answer has status ${status}.`;
}

function dataOf(body: string, isBytes: boolean, type = "json"): unknown {
  if (!body) return undefined;
  if (isBytes) return fromBase64(body);
  try {
    return type.includes("json") ? JSON.parse(body) : body;
  } catch {
    return body;
  }
}
