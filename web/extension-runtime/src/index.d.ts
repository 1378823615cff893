// What a handler is given and answers, and what it may import from this package.

export interface Header {
  name: string;
  value: string;
}

export interface HttpRequest {
  method: string;
  /** The path with its query. */
  url: string;
  headers: Header[];
  body?: Uint8Array | null;
}

export interface ContextData {
  requestId?: string | null;
  tenantId: string;
  extensionId: string;
  installId?: string | null;
  versionId?: string | null;
}

export interface ExecuteRequest {
  context: ContextData;
  http: HttpRequest;
}

export interface ExecuteResponse {
  status: number;
  headers?: Header[];
  body?: Uint8Array | string | null;
}

/** The functions of one interface by their WIT names in camelCase; a result's error is thrown as HostError. */
export type HostInterface = Record<string, (...values: any[]) => any>;

export interface Host {
  clients: HostInterface;
  config: HostInterface & { get(key: string): string | null | undefined; list(): string[] };
  context: HostInterface & { get(): ContextData };
  events: HostInterface & { emit(topic: string, payload: string): string };
  http: HostInterface & { fetch(request: HttpRequest): Required<ExecuteResponse> };
  invoicing: HostInterface;
  logging: HostInterface & Record<"info" | "warn" | "error", (message: string) => void>;
  metrics: HostInterface;
  scheduler: HostInterface;
  secrets: HostInterface & { get(key: string): string; list(): string[] };
  services: HostInterface;
  storage: HostInterface;
  storageV2: HostInterface;
  uiProxy: HostInterface;
  user: HostInterface;
  userV2: HostInterface;
}

export type Handler = (request: ExecuteRequest, host: Host) => ExecuteResponse | Promise<ExecuteResponse>;

export class HostError extends Error {
  readonly functionName: string;
  /** The WIT's case, such as "not-allowed". */
  readonly code: unknown;
}

export function jsonResponse(
  document: unknown,
  options?: { status?: number; headers?: Header[] },
): ExecuteResponse;
