import { accepts } from "../contract/accepts.ts";
import { LIMITS } from "../contract/limits.ts";
import { type Context, checkTheme, checkTokenAnswer, type Theme } from "../contract/messages.ts";
import { AnnexError } from "../errors/annex-error.ts";
import type { AnyRoutes } from "./api-of.ts";
import { apiResult } from "./api-result.ts";
import { applyTheme } from "./apply-theme.ts";
import { toBase64 } from "./bytes.ts";
import { followHeight } from "./follow-height.ts";
import type { ApiMethod, ApiOptions, Host, HostEvents } from "./host.ts";
import type { Link } from "./link.ts";

export interface MadeHost {
  readonly host: Host;
  /** Take what the host told unasked. */
  tell(name: string, value: unknown): void;
}

type Listener = (value: never) => void;

// The host's own limits, and a little more: its answer says more than a silence does.
const API_MS = 35_000;
const QUICK_MS = 12_000;
const PERSON_MS = 610_000;

export function makeHost(
  link: Link,
  protocol: 1 | 2,
  features: readonly string[],
  context: Context,
): MadeHost {
  const listeners = new Map<string, Set<Listener>>();
  let current = context;

  const api =
    (method: ApiMethod) =>
    async (path: string, options: ApiOptions = {}) => {
      const { signal, timeoutMs = API_MS } = options;
      return apiResult(await link.call("api", request(method, path, options), { timeoutMs, signal }));
    };
  const person = { timeoutMs: PERSON_MS };
  const quick = { timeoutMs: QUICK_MS };

  const host = {
    protocol,
    features,
    get context() {
      return current;
    },
    api: {
      get: api("GET"),
      post: api("POST"),
      put: api("PUT"),
      patch: api("PATCH"),
      delete: api("DELETE"),
    },
    navigate: (path: string, options: { replace?: boolean } = {}) =>
      link.note("navigate", { path, ...options }),
    resize: (height: number | "content") => {
      const tell = (pixels: number) => link.note("resize", { height: pixels });
      if (height === "content") return followHeight(tell);
      tell(height);
      return () => undefined;
    },
    toast: (text: string, options = {}) => link.note("toast", { text, ...options }),
    confirm: async (question: object) => (await link.call("confirm", question, person)) === true,
    openExternal: async (url: string) => (await link.call("openExternal", { url }, person)) === true,
    clipboard: {
      write: async (text: string) => {
        await link.call("writeClipboard", { text }, quick);
      },
    },
    on: (name: keyof HostEvents, listener: Listener) => {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      // Each subscription is its own, even of the same function.
      const own = (value: never) => listener(value);
      set.add(own);
      return () => void set.delete(own);
    },
    token: async () => {
      const answer = await link.call("token", {}, quick);
      if (accepts(checkTokenAnswer, answer)) return answer.token;
      throw new AnnexError("HOST_FAILED", "The host's answer is no token.");
    },
    state: {
      get: async () => {
        const text = await link.call("readState", {}, quick);
        return typeof text === "string" ? JSON.parse(text) : undefined;
      },
      set: async (value: unknown) => {
        const text = JSON.stringify(value) ?? "null";
        if (text.length > LIMITS.stateLength) {
          throw new AnnexError("STATE_TOO_LARGE", `The state has ${text.length} characters.`);
        }
        await link.call("writeState", { text }, quick);
      },
    },
    guard: (isDirty: boolean) => link.note("guard", { isDirty }),
    disconnect: () => link.close(),
  } as Host<AnyRoutes>;

  const tell = (name: string, value: unknown) => {
    if (name === "theme") {
      if (!accepts(checkTheme, value)) return;
      applyTheme(value);
    } else if (typeof value !== "string") return;
    if (name in current) current = { ...current, [name]: value as Theme & string };
    for (const listener of listeners.get(name) ?? []) listener(value as never);
  };
  applyTheme(context.theme);
  return { host, tell };
}

function request(method: ApiMethod, path: string, { json, body, headers = {}, idempotencyKey }: ApiOptions) {
  const isJson = json !== undefined;
  const isBytes = !isJson && body instanceof Uint8Array;
  return {
    method,
    path,
    headers: isJson ? { "content-type": "application/json", ...headers } : headers,
    ...(isJson
      ? { body: JSON.stringify(json) }
      : body !== undefined && { body: isBytes ? toBase64(body) : body }),
    ...((isJson || body !== undefined) && { encoding: isBytes ? "base64" : "text" }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}
