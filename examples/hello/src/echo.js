import { toBase64 } from "./base64.js";

// POST /echo: the body's length in bytes, and the body as text, or as base64 when it is not UTF-8.
export function echo(request) {
  const bytes = request.body ?? new Uint8Array();
  const text = utf8OrUndefined(bytes);
  return {
    length: bytes.length,
    encoding: text === undefined ? "base64" : "utf-8",
    body: text ?? toBase64(bytes),
  };
}

function utf8OrUndefined(bytes) {
  try {
    // The byte order mark is kept: an echo returns every byte.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) {
      return undefined;
    }
    throw error;
  }
}
