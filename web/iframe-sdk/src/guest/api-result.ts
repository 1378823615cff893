import { accepts } from "../contract/accepts.ts";
import { checkApiAnswer, type ErrorCode } from "../contract/messages.ts";
import { AnnexError } from "../errors/annex-error.ts";
import { fromBase64 } from "./bytes.ts";
import type { ApiResult } from "./host.ts";

const PROBLEM = "x-annex-problem";
const UNAVAILABLE = /^(EXTENSION_|INSTALL_|VERSION_|PAUSED|.*(DISABLED|NOT_ENTITLED|STOPPED)$)/;
const FAILED = /^(GUEST_|EXECUTION_|MEMORY_|CPU_|RESPONSE_|HOST_CALL)/;

/** Make of the host's answer what the caller gets, or the error. */
export function apiResult<T>(answer: unknown): ApiResult<T> {
  if (!accepts(checkApiAnswer, answer))
    throw new AnnexError("HOST_FAILED", "The host's answer is no answer.");
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
  if (problem === "PATH_REFUSED") return "ROUTE_REFUSED";
  if (status === 401) return "SESSION_ENDED";
  if (status === 429) return "RATE_LIMITED";
  if (status === 504) return "TIMEOUT";
  if (FAILED.test(problem)) return "EXTENSION_FAILED";
  if (UNAVAILABLE.test(problem)) return "EXTENSION_UNAVAILABLE";
  if (status === 403) return "PERMISSION_DENIED";
  return status < 500 ? "INVALID_ARGUMENT" : "PLATFORM_UNAVAILABLE";
}

function messageOf(data: unknown, status: number): string {
  const { message, detail } = (data ?? {}) as { message?: unknown; detail?: unknown };
  const said = [message, detail].find((text) => typeof text === "string" && text);
  return said === undefined ? `The answer has status ${status}.` : String(said);
}

function dataOf(body: string, isBase64: boolean, type: string | undefined): unknown {
  if (!body) return undefined;
  const isText = type === undefined || /^text\/|[/+](json|xml)\b/i.test(type);
  if (isBase64 && !isText) return fromBase64(body);
  const text = isBase64 ? new TextDecoder().decode(fromBase64(body)) : body;
  if (type !== undefined && !/json/i.test(type)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
