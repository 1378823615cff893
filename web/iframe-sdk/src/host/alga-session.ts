import { accepts } from "../contract/accepts.ts";
import { LIMITS } from "../contract/limits.ts";
import {
  type Context,
  checkV1GuestMessage,
  type Tokens,
  type V1HostMessage,
  type V1Proxy,
} from "../contract/messages.ts";
import { sizeWithin } from "../contract/size-within.ts";
import { AnnexError } from "../errors/annex-error.ts";
import type { HostClock } from "./host-clock.ts";
import type { HostPorts } from "./host-ports.ts";
import { MessageBudget } from "./message-budget.ts";
import { SERVICES, toHostRequest } from "./serve-call.ts";
import { navigate } from "./serve-note.ts";
import type { TokenKeeper } from "./token-keeper.ts";

export interface AlgaOptions {
  readonly send: (message: V1HostMessage) => void;
  readonly context: () => Context;
  readonly ports: HostPorts;
  readonly tokens: TokenKeeper;
  readonly clock: HostClock;
  readonly resize: (height: number) => void;
}

const ENVELOPE = { alga: true, version: "1" } as const;
const LEAST_RENEWAL_MS = 5_000;

/** One guest that speaks envelope v1, on the window, as pages built with the published Alga SDK do. */
export class AlgaSession {
  readonly #inFlight = new Map<string, AbortController>();
  readonly #budget: MessageBudget;
  #stopRenewal: () => void = () => undefined;
  #isReady = false;
  #isClosed = false;

  constructor(private readonly options: AlgaOptions) {
    const { messagesPerSecond, messageBurst } = LIMITS;
    this.#budget = new MessageBudget(messagesPerSecond, messageBurst, options.clock.now());
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Take a message whose source and origin were checked. */
  receive(data: unknown) {
    const { ports, resize, clock } = this.options;
    if (this.#isClosed) return ports.report?.({ kind: "dropped", reason: "closed" });
    if (!this.#budget.take(clock.now())) return ports.report?.({ kind: "dropped", reason: "too_many" });
    if (!sizeWithin(data, LIMITS.v1MessageSize))
      return ports.report?.({ kind: "dropped", reason: "too_large" });
    if (!accepts(checkV1GuestMessage, data)) {
      return ports.report?.({
        kind: "dropped",
        reason: "invalid",
        detail: checkV1GuestMessage(data, "message"),
      });
    }
    switch (data.type) {
      case "ready":
        this.#isReady = true;
        void this.#bootstrap();
        return;
      case "resize":
        return resize(data.payload.height);
      case "navigate": {
        const detail = navigate(ports, data.payload.path, false);
        if (detail !== undefined) ports.report?.({ kind: "dropped", reason: "invalid", detail });
        return;
      }
      case "apiproxy":
        void this.#proxy(data);
    }
  }

  theme(tokens: Tokens): void {
    if (this.#isReady && !this.#isClosed) this.options.send({ ...ENVELOPE, type: "theme", payload: tokens });
  }

  close(): void {
    this.#isClosed = true;
    this.#stopRenewal();
    for (const running of this.#inFlight.values()) running.abort();
    this.#inFlight.clear();
  }

  // The token is sent again when it is renewed: pages of this envelope have no other way to get it.
  async #bootstrap(): Promise<void> {
    const { context, tokens, clock, send } = this.options;
    const { theme, path } = context();
    const issued = await tokens.current().catch(() => undefined);
    if (this.#isClosed) return;
    send({ ...ENVELOPE, type: "theme", payload: theme.tokens });
    this.#stopRenewal();
    const wait = issued ? Math.max(LEAST_RENEWAL_MS, tokens.freshForMs) : LEAST_RENEWAL_MS;
    this.#stopRenewal = clock.after(wait, () => void this.#bootstrap());
    if (!issued) return;
    const session = { token: issued.token, expires_at: issued.expiresAt };
    const payload = { session, theme_tokens: theme.tokens, navigation: { path } };
    send({ ...ENVELOPE, type: "bootstrap", payload });
  }

  async #proxy(message: V1Proxy): Promise<void> {
    const { ports, clock } = this.options;
    const id = message.request_id;
    if (this.#inFlight.has(id)) return ports.report?.({ kind: "dropped", reason: "replayed" });
    const running = new AbortController();
    const began = clock.now();
    this.#inFlight.set(id, running);
    const stop = clock.after(SERVICES.api.timeoutMs, () => running.abort());
    const payload = await this.#answer(message, running.signal).finally(stop);
    if (this.#isClosed) return;
    this.#inFlight.delete(id);
    ports.report?.({ kind: "called", method: "api", ms: clock.now() - began });
    this.options.send({ ...ENVELOPE, type: "apiproxy_response", request_id: id, payload });
  }

  async #answer({ payload }: V1Proxy, signal: AbortSignal) {
    try {
      if (this.#inFlight.size > LIMITS.callsInFlight) {
        throw new AnnexError("BRIDGE_BUSY", "Too many calls are on their way.");
      }
      const { route, body, method = "POST" } = payload;
      const path = route.startsWith("/") ? route : `/${route}`;
      const headers = body === undefined ? {} : { "content-type": "application/octet-stream" };
      const request = toHostRequest({
        method,
        path,
        headers,
        body,
        encoding: body === undefined ? undefined : "base64",
      });
      const answer = await abortable(this.options.ports.callApi(request, { signal }), signal);
      const bytes = answer.encoding === "base64" ? (answer.body ?? "") : toBase64(answer.body ?? "");
      const isError = answer.status >= 400;
      return isError
        ? { status: answer.status, body: bytes, error: `The answer has status ${answer.status}.` }
        : { status: answer.status, body: bytes };
    } catch (error) {
      const isOurs = error instanceof AnnexError;
      return {
        error: isOurs ? error.message : "The host could not do it.",
        code: isOurs ? error.code : "HOST_FAILED",
      };
    }
  }
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new AnnexError("TIMEOUT", "The call took too long.")));
    work.then(resolve, reject);
  });
}

function toBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
