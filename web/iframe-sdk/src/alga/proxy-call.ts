import type { Host } from "../guest/host.ts";
import type { ProxyMethod } from "./iframe-bridge.ts";

/** Call a route with bytes and get bytes, as extensions for Alga do; an error is an AnnexError. */
export async function proxyCall(
  host: Promise<Host>,
  route: string,
  payload: Uint8Array | null | undefined,
  method: ProxyMethod = "POST",
): Promise<Uint8Array> {
  const verb = method.toLowerCase() as Lowercase<ProxyMethod>;
  const path = route.startsWith("/") ? route : `/${route}`;
  const options = payload ? { body: payload } : {};
  const { data } = await (await host).api[verb]<unknown>(path, options);
  if (data instanceof Uint8Array) return data;
  const text = typeof data === "string" ? data : data === undefined ? "" : JSON.stringify(data);
  return new TextEncoder().encode(text);
}
