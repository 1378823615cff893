import type { ApiRequest, ConfirmParams, Context, Theme, ToastParams } from "../contract/messages.ts";
import type { AnyRoutes, ApiOf } from "./api-of.ts";

export type ApiMethod = ApiRequest["method"];

export interface ApiOptions {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, in place of `json`. */
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface ApiResult<T> {
  readonly status: number;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, text, or bytes, by the answer's content type; undefined when there is none. */
  readonly data: T;
  readonly requestId: string | undefined;
}

export interface HostEvents {
  readonly theme: Theme;
  readonly locale: string;
  /** The person used the host's own navigation. */
  readonly path: string;
  readonly disconnect: string;
}

/** What an extension's page has of the page that shows it. */
export interface Host<Routes = AnyRoutes> {
  readonly protocol: 1 | 2;
  /** What may be used; over envelope v1 the list is empty and only calls, token, navigate and resize work. */
  readonly features: readonly string[];
  readonly context: Context;
  readonly api: ApiOf<Routes>;
  navigate(path: string, options?: { readonly replace?: boolean }): void;
  /** A height in pixels, or `content` to follow the document's. The answer ends the following. */
  resize(height: number | "content"): () => void;
  toast(text: string, options?: Omit<ToastParams, "text">): void;
  confirm(question: ConfirmParams): Promise<boolean>;
  openExternal(url: string): Promise<boolean>;
  readonly clipboard: { write(text: string): Promise<void> };
  on<Name extends keyof HostEvents>(name: Name, listener: (value: HostEvents[Name]) => void): () => void;
  /** A token for `/api/ext/{install}` of at most five minutes; ask again each time one is needed. */
  token(): Promise<string>;
  readonly state: {
    get<T = unknown>(): Promise<T | undefined>;
    set(value: unknown): Promise<void>;
  };
  /** Have the host ask before the person leaves. */
  guard(isDirty: boolean): void;
  disconnect(): void;
}
