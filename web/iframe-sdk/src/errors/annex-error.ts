import type { ErrorCode } from "../contract/messages.ts";
import { HINTS } from "./hints.ts";

export interface ErrorFacts {
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** The platform's own code, when the platform refused: see the list of errors. */
  readonly problem?: string | undefined;
  /** What the extension's handler answered, when it refused. */
  readonly data?: unknown;
}

const RETRYABLE: readonly ErrorCode[] = [
  "TIMEOUT",
  "BRIDGE_BUSY",
  "HOST_FAILED",
  "RATE_LIMITED",
  "PLATFORM_UNAVAILABLE",
];

/** The only error the SDK throws. Its codes are a closed list with one meaning each. */
export class AnnexError extends Error implements ErrorFacts {
  override readonly name = "AnnexError";
  readonly hint: string;
  readonly retryable: boolean;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly problem?: string | undefined;
  readonly data?: unknown;

  constructor(
    readonly code: ErrorCode,
    message: string,
    facts: ErrorFacts = {},
  ) {
    super(message);
    this.hint = HINTS[code];
    this.retryable = RETRYABLE.includes(code);
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.problem = facts.problem;
    this.data = facts.data;
  }

  /** The `details` of a problem document, such as the fields of a form. */
  get details(): Readonly<Record<string, unknown>> | undefined {
    const details = (this.data as { details?: unknown } | null | undefined)?.details;
    return typeof details === "object" && details !== null ? (details as Record<string, unknown>) : undefined;
  }
}
