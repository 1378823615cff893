// Calls a route of the host application with a JSON document and reads the JSON document it answers.
export function callProxyJson(uiProxy, route, payload) {
  const body = payload === undefined ? null : new TextEncoder().encode(JSON.stringify(payload));
  const answer = Uint8Array.from(uiProxy.callRoute(route, body));
  return answer.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(answer));
}
