import { AnnexError, type ApiAnswer, type HostRequest } from "@annex/iframe-sdk/host";
import { ROLE_HEADER } from "./dev-state.ts";

const TEXT_TYPES = /^(text\/|application\/([\w.+-]+\+)?(json|xml|javascript)\b)/i;

/** Call the extension's handler through `annex dev`, as somebody with a role. */
export async function callApi(request: HostRequest, role: string, signal: AbortSignal): Promise<ApiAnswer> {
  const response = await fetch(`/api${request.path}`, {
    method: request.method,
    headers: { ...request.headers, [ROLE_HEADER]: role },
    body: bodyOf(request),
    redirect: "manual",
    cache: "no-store",
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new AnnexError("PLATFORM_UNAVAILABLE", "The platform could not be reached.");
  });
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    headers[name] = value;
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isText = TEXT_TYPES.test(headers["content-type"] ?? "");
  const body = isText ? new TextDecoder().decode(bytes) : toBase64(bytes);
  return { status: response.status, headers, body, encoding: isText ? "text" : "base64" };
}

function bodyOf({ body, encoding, method }: HostRequest): BodyInit | null {
  if (body === undefined || method === "GET" || method === "HEAD") return null;
  return encoding === "base64" ? Uint8Array.from(atob(body), (character) => character.charCodeAt(0)) : body;
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
