// An answer that carries one JSON document.
export function jsonResponse(document, { status = 200, headers = [] } = {}) {
  return {
    status,
    headers: [{ name: "content-type", value: "application/json; charset=utf-8" }, ...headers],
    body: new TextEncoder().encode(JSON.stringify(document)),
  };
}
