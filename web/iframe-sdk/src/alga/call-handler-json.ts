import type { IframeBridge, ProxyMethod } from "./iframe-bridge.ts";

export interface CallHandlerJsonOptions<Body = unknown> {
  readonly method?: ProxyMethod;
  readonly body?: Body;
}

type ProxyLike = IframeBridge["uiProxy"];

/** Call a handler of the extension with JSON; null where it answers nothing. */
export async function callHandlerJson<Answer = unknown, Body = unknown>(
  bridge: Pick<IframeBridge, "uiProxy"> | ProxyLike,
  path: string,
  { method = "GET", body }: CallHandlerJsonOptions<Body> = {},
): Promise<Answer | null> {
  const proxy = "uiProxy" in bridge ? bridge.uiProxy : bridge;
  const payload = body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body));
  const text = new TextDecoder().decode(await proxy.callRoute(path, payload, { method }));
  return text ? (JSON.parse(text) as Answer) : null;
}
