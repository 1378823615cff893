// The JSON document in a body, a request's or an answer's; undefined where there is no body.
export function readJson({ body }) {
  if (body === undefined || body === null || body.length === 0) {
    return undefined;
  }
  return JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(Uint8Array.from(body)));
}
