import type { ApiAnswer } from "../contract/messages.ts";
import { AnnexError } from "../errors/annex-error.ts";
import type { HostPorts, HostRequest } from "./host-ports.ts";
import type { IssuedToken } from "./token-keeper.ts";
import { TokenKeeper } from "./token-keeper.ts";

export interface GatewayApiOptions {
  /** Where the gateway answers; empty for the page's own origin. */
  readonly gatewayUrl?: string;
  readonly installId: string;
  /** A UI token: calls carry it and no cookie, so that they reach this install and nothing else. */
  readonly issueToken: HostPorts["issueToken"];
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
}

const TEXT_TYPES = /^(text\/|application\/([\w.+-]+\+)?(json|xml|javascript)\b)/i;
const NOT_FOR_GUESTS = new Set(["set-cookie", "set-cookie2"]);

/** The usual `callApi`: over HTTP to `/api/ext/{install}`, with a token that opens nothing else. */
export function gatewayApi(options: GatewayApiOptions): HostPorts["callApi"] {
  const { gatewayUrl = "", installId, issueToken, now = () => Date.now() } = options;
  const send = options.fetch ?? fetch.bind(globalThis);
  const tokens = new TokenKeeper(() => issueToken({ signal: AbortSignal.timeout(10_000) }), now);
  const base = `${gatewayUrl.replace(/\/+$/, "")}/api/ext/${encodeURIComponent(installId)}`;
  return async (request, { signal }) => {
    const response = await send(`${base}${request.path}`, {
      method: request.method,
      headers: { ...request.headers, authorization: `Bearer ${(await issued(tokens)).token}` },
      body: bodyOf(request) ?? null,
      credentials: "omit",
      redirect: "manual",
      cache: "no-store",
      signal,
    }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new AnnexError("PLATFORM_UNAVAILABLE", "The platform could not be reached.");
    });
    if (response.status === 401) tokens.forget();
    return answerOf(response);
  };
}

async function issued(tokens: TokenKeeper): Promise<IssuedToken> {
  return tokens.current();
}

function bodyOf({ body, encoding, method }: HostRequest): BodyInit | undefined {
  if (body === undefined || method === "GET" || method === "HEAD") return undefined;
  return encoding === "base64" ? Uint8Array.from(atob(body), (character) => character.charCodeAt(0)) : body;
}

async function answerOf(response: Response): Promise<ApiAnswer> {
  if (response.type === "opaqueredirect") {
    throw new AnnexError(
      "EXTENSION_FAILED",
      "The extension answered with a redirect, which is not followed.",
    );
  }
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    if (!NOT_FOR_GUESTS.has(name)) headers[name] = value;
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isText = TEXT_TYPES.test(headers["content-type"] ?? "");
  const body = isText ? new TextDecoder().decode(bytes) : binaryText(bytes);
  return { status: response.status, headers, body, encoding: isText ? "text" : "base64" };
}

function binaryText(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
