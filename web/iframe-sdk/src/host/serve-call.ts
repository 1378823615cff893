import { accepts } from "../contract/accepts.ts";
import type { Check } from "../contract/check.ts";
import { LIMITS } from "../contract/limits.ts";
import {
  type ApiRequest,
  type Call,
  checkApiAnswer,
  checkApiRequest,
  checkConfirmParams,
  checkNoParams,
  checkOpenExternalParams,
  checkTokenAnswer,
  checkWriteClipboardParams,
  checkWriteStateParams,
} from "../contract/messages.ts";
import { AnnexError } from "../errors/annex-error.ts";
import { confineRoute } from "./confine-route.ts";
import type { HostPorts } from "./host-ports.ts";
import type { TokenKeeper } from "./token-keeper.ts";

export interface Serving {
  readonly ports: HostPorts;
  readonly tokens: TokenKeeper;
}

interface Service {
  readonly timeoutMs: number;
  serve(params: unknown, serving: Serving, signal: AbortSignal): Promise<unknown>;
}

const EXTERNAL = ["https:", "http:", "mailto:"];
const PERSON_MS = 600_000;

/** What a guest may call, and how long the host lets each take. */
export const SERVICES: Readonly<Record<Call["method"], Service>> = {
  api: service(30_000, checkApiRequest, async (request, { ports }, signal) => {
    const answer = await ports.callApi(toHostRequest(request), { signal });
    return insist(checkApiAnswer, answer, "callApi");
  }),
  token: service(10_000, checkNoParams, async (_params, { tokens }) =>
    insist(checkTokenAnswer, await tokens.current(), "issueToken"),
  ),
  // A person answers these.
  confirm: service(PERSON_MS, checkConfirmParams, (question, { ports }, signal) =>
    ports.confirm(question, { signal }),
  ),
  openExternal: service(PERSON_MS, checkOpenExternalParams, ({ url }, { ports }, signal) =>
    ports.openExternal(externalAddress(url), { signal }),
  ),
  writeClipboard: service(10_000, checkWriteClipboardParams, ({ text }, { ports }, signal) =>
    ports.writeClipboard(text, { signal }),
  ),
  readState: service(5_000, checkNoParams, async (_params, { ports }) => {
    const text = await ports.state.read();
    return text !== undefined && text.length > LIMITS.stateLength ? undefined : text;
  }),
  writeState: service(5_000, checkWriteStateParams, ({ text }, { ports }) => ports.state.write(text)),
};

export function toHostRequest(request: ApiRequest): Parameters<HostPorts["callApi"]>[0] {
  const { method, path, body, encoding, idempotencyKey } = request;
  const headers = { ...request.headers };
  if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
  if (encoding === "base64" && !/^[A-Za-z0-9+/]*={0,2}$/.test(body ?? "")) {
    throw new AnnexError("INVALID_ARGUMENT", "The body is not base64.");
  }
  return { method, path: confineRoute(path), headers, body, encoding };
}

function service<T>(
  timeoutMs: number,
  check: Check<T>,
  serve: (params: T, serving: Serving, signal: AbortSignal) => Promise<unknown>,
): Service {
  return {
    timeoutMs,
    async serve(params, serving, signal) {
      const reason = check(params, "params");
      if (reason !== undefined) throw new AnnexError("INVALID_ARGUMENT", reason);
      return serve(params as T, serving, signal);
    },
  };
}

function insist<T>(check: Check<T>, value: unknown, port: string): T {
  if (accepts(check, value)) return value;
  throw new AnnexError("HOST_FAILED", `The host's ${port} gave something that is no answer.`);
}

function externalAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !EXTERNAL.includes(url.protocol) || url.username || url.password) {
    throw new AnnexError("INVALID_ARGUMENT", "Only http, https and mailto addresses can be opened.");
  }
  return url.href;
}
