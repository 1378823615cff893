import type { ApiAnswer, ErrorCode } from "../contract/messages.ts";
import { AnnexError } from "../errors/annex-error.ts";

type Shape = readonly [status: number, problem?: string];

// What the platform answers where the SDK makes such a code of it.
const SHAPES: Partial<Record<ErrorCode, Shape>> = {
  SESSION_ENDED: [401, "SESSION_EXPIRED"],
  PERMISSION_DENIED: [403, "PERMISSION_DENIED"],
  ENDPOINT_NOT_FOUND: [404, "ENDPOINT_NOT_FOUND"],
  EXTENSION_UNAVAILABLE: [403, "INSTALL_DISABLED"],
  RATE_LIMITED: [429, "RATE_LIMITED"],
  EXTENSION_REFUSED: [422],
  EXTENSION_FAILED: [500],
  PLATFORM_UNAVAILABLE: [503, "RUNNER_UNAVAILABLE"],
  TIMEOUT: [504, "EXECUTION_TIMEOUT"],
};

/** Answer so that the SDK says this code; those of the bridge itself are thrown. */
export function failureAnswer(code: ErrorCode): ApiAnswer {
  const shape = SHAPES[code];
  if (!shape) throw new AnnexError(code, "The test has it fail.");
  const [status, problem] = shape;
  const document = { code: problem ?? code, status, message: `The test has it fail with ${code}.` };
  const marked: Record<string, string> = problem === undefined ? {} : { "x-annex-problem": problem };
  return {
    status,
    headers: { "content-type": "application/problem+json", "x-request-id": "req-test", ...marked },
    body: JSON.stringify(document),
    encoding: "text",
  };
}
