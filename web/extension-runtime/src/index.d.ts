// What a handler is given and answers, and what it may import from this package.
import type {
  ClientSummary,
  ContextData,
  CreateManualInvoiceInput,
  CreateManualInvoiceResult,
  ExecuteRequest,
  HostBindings,
  HttpHeader,
  HttpRequest,
  ServiceSummary,
  UiProxyBinding,
  UserData,
  UserDataV2,
} from "./interfaces.js";

export type * from "./interfaces.js";

/** What a handler answers: `headers` may be left out, and a text is sent as UTF-8. */
export interface ExecuteResponse {
  status: number;
  headers?: HttpHeader[];
  body?: Uint8Array | string | null | undefined;
}

export type Handler = (
  request: ExecuteRequest,
  host: HostBindings,
) => ExecuteResponse | Promise<ExecuteResponse>;

/** A host function refused; `code` is the WIT's case, such as "not-allowed". */
export class HostError extends Error {
  constructor(functionName: string, code: unknown);
  readonly functionName: string;
  readonly code: unknown;
}

/** An answer that carries one JSON document. */
export function jsonResponse(
  document: unknown,
  options?: { status?: number; headers?: HttpHeader[] },
): ExecuteResponse;

/** An answer without a body; 204 unless another status is named. */
export function emptyResponse(status?: number, headers?: HttpHeader[]): ExecuteResponse;

/**
 * The JSON document in a body, undefined where there is none. What it holds is not checked.
 * @throws {SyntaxError} for a body that is not JSON
 */
export function readJson(message: { body?: Uint8Array | string | null | undefined }): unknown;

/** A person in one form, whichever interface told of them. */
export interface NormalizedUser extends UserData {
  clientId?: string;
  additionalFields: Record<string, string>;
}

export function normalizeUserData(
  user: UserData | UserDataV2 | (UserData & { additionalFields?: Record<string, string> }),
): NormalizedUser;

/**
 * Call a route of the host application with a JSON document and read the one it answers.
 * @throws {HostError} whose `code` is a ProxyError
 */
export function callProxyJson<Answer = unknown>(
  uiProxy: Pick<UiProxyBinding, "callRoute">,
  route: string,
  payload?: unknown,
): Answer | undefined;

export interface MockHttpAnswer {
  status?: number;
  headers?: HttpHeader[];
  body?: Uint8Array | string | null;
  /** Sent as JSON instead of `body`. */
  json?: unknown;
}

export interface MockOptions {
  /** The extension's manifest.json: what it does not declare is refused, as on the platform. */
  manifest?: object;
  /** What the tenant granted; without it, all that the manifest declares, and without that, everything. */
  capabilities?: string[];
  context?: Partial<ContextData>;
  config?: Record<string, string>;
  /** A secret, or one bound to hosts so that `{{secret:NAME}}` is filled in for them. */
  secrets?: Record<string, string | { value: string; hosts?: string[] }>;
  /** Who is behind the call; null for nobody. */
  user?: Partial<UserDataV2> | null;
  endpoints?: { method: string; path: string; handler?: string }[];
  /** Hosts that may be called; without it those of the manifest, and without that every one. */
  egress?: string[];
  /** Answers `http.fetch`; it sees the request with its secrets filled in. */
  fetch?: (request: HttpRequest) => MockHttpAnswer | undefined;
  /** What routes of the host application answer. */
  routes?: Record<string, unknown>;
  clients?: ClientSummary[];
  services?: ServiceSummary[];
  createInvoice?: (input: CreateManualInvoiceInput) => Partial<CreateManualInvoiceResult>;
  now?: () => Date;
  /** Interfaces to use instead of the mock's. */
  overrides?: Partial<HostBindings>;
}

/** What a handler did to its mocks. */
export interface MockRecord {
  readonly logs: { level: "info" | "warn" | "error"; message: string }[];
  /** Requests as the handler wrote them, templates of secrets unfilled. */
  readonly requests: HttpRequest[];
  readonly emitted: { id: string; topic: string; payload: unknown; at: number }[];
  readonly metrics: { kind: "count" | "observe"; name: string; value: number; labels: [string, string][] }[];
}

export interface MockHostBindings extends HostBindings {
  readonly mock: MockRecord;
}

/** A host for unit tests, with the platform's limits and error words. */
export function createMockHostBindings(options?: MockOptions): MockHostBindings;
