/** A refusal or failure of a call as the console shows it: the server's own words, whole. */

export interface ApiErrorFacts {
  readonly code: string;
  /** 0 where no answer came. */
  readonly status: number;
  readonly message: string;
  readonly hint: string | null;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly docs: string | null;
}

export class ApiError extends Error implements ApiErrorFacts {
  readonly code: string;
  readonly status: number;
  readonly hint: string | null;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly docs: string | null;

  constructor(facts: ApiErrorFacts) {
    super(facts.message);
    this.name = "ApiError";
    this.code = facts.code;
    this.status = facts.status;
    this.hint = facts.hint;
    this.requestId = facts.requestId;
    this.details = facts.details;
    this.docs = facts.docs;
  }

  /** Whether nobody answered: the data shown before is then still the best there is. */
  get isUnreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}
