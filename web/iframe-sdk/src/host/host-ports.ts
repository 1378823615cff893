import type { ApiAnswer, ApiRequest, ConfirmParams, ToastParams } from "../contract/messages.ts";
import type { BridgeReport } from "./bridge-report.ts";
import type { IssuedToken } from "./token-keeper.ts";

/** A call of the extension's own API: `path` is confined, `headers` carry the idempotency key. */
export interface HostRequest {
  readonly method: ApiRequest["method"];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly encoding?: "text" | "base64" | undefined;
}

/** What the embedding page does for the extension. Each may refuse by throwing an AnnexError. */
export interface HostPorts {
  /** Call the extension's own API, never with the person's cookie: see `gatewayApi`. */
  callApi(request: HostRequest, options: { readonly signal: AbortSignal }): Promise<ApiAnswer>;
  issueToken(options: { readonly signal: AbortSignal }): Promise<IssuedToken>;
  /** The extension moved to another path of its own. */
  navigate(path: string, options: { readonly replace: boolean }): void;
  toast(toast: ToastParams): void;
  confirm(question: ConfirmParams, options: { readonly signal: AbortSignal }): Promise<boolean>;
  /** Open an http, https or mailto address outside; false when the person declined. */
  openExternal(url: string, options: { readonly signal: AbortSignal }): Promise<boolean>;
  writeClipboard(text: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /** What the page keeps across reloads: JSON text of at most 64,000 characters, per install and user. */
  readonly state: {
    read(): Promise<string | undefined>;
    write(text: string): Promise<void>;
  };
  /** Whether leaving loses something; ask before moving away. */
  guard?(isDirty: boolean): void;
  /** A message was dropped, a call was made: for a counter or an inspector. Never with contents. */
  report?(report: BridgeReport): void;
}
