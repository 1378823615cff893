import type { Host } from "../guest/host.ts";
import type { ConnectOptions } from "../guest/shake-hands.ts";
import { connect } from "./connect.ts";
import { proxyCall } from "./proxy-call.ts";

/** What the host tells, in the words of envelope v1. */
export interface HostToClientMessage {
  readonly alga: true;
  readonly version: "1";
  readonly type: "bootstrap" | "theme";
  readonly payload: unknown;
}

export interface BridgeOptions {
  readonly expectedParentOrigin?: string;
  /** Has no effect: no message of ours that holds a secret goes to an unknown parent. */
  readonly devAllowWildcard?: boolean;
}

export type ProxyMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The bridge under the name and with the methods that extensions for Alga know; `host` has the rest. */
export class IframeBridge {
  readonly #listeners = new Set<(message: HostToClientMessage) => void>();
  readonly #options: ConnectOptions;
  #host: Promise<Host> | undefined;
  #theme: Readonly<Record<string, string>> = {};
  #token: string | null = null;

  readonly uiProxy = {
    callRoute: (route: string, payload?: Uint8Array | null, options: { method?: ProxyMethod } = {}) =>
      proxyCall(this.host, route, payload, options.method),
    call: (route: string, payload?: Uint8Array | null, options: { method?: ProxyMethod } = {}) =>
      proxyCall(this.host, route, payload, options.method),
  };

  /** A bridge made of a host is for tests, and for pages that connected before. */
  constructor(options: BridgeOptions = {}, host?: Host) {
    const origin = options.expectedParentOrigin;
    this.#options = origin === undefined ? {} : { parentOrigin: origin };
    if (host) this.#take(Promise.resolve(host));
  }

  get host(): Promise<Host> {
    return this.#host ?? this.#take(connect(this.#options));
  }

  /** Begin. Who waits for the host hears of a failure; this does not. */
  ready(): void {
    this.host.catch(() => undefined);
  }

  on(listener: (message: HostToClientMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emitToHost(type: "ready" | "resize" | "navigate", payload: object = {}) {
    if (type === "ready") return this.ready();
    this.host.then(
      (host) => {
        const { height, path } = payload as { height?: unknown; path?: unknown };
        if (type === "resize") host.resize(Number(height));
        else host.navigate(String(path));
      },
      () => undefined,
    );
  }

  getSessionToken(): string | null {
    return this.#token;
  }

  getThemeTokens(): Readonly<Record<string, string>> {
    return this.#theme;
  }

  callProxy(route: string, payload?: Uint8Array | null, options: { method?: ProxyMethod } = {}) {
    return this.uiProxy.callRoute(route, payload, options);
  }

  /** Ask for a token that is good now, and tell the listeners of it. */
  async renewToken(): Promise<string> {
    const host = await this.host;
    const token = await host.token();
    this.#token = token;
    const { theme, path } = host.context;
    this.#tell("bootstrap", { session: { token }, theme_tokens: theme.tokens, navigation: { path } });
    return token;
  }

  #take(host: Promise<Host>): Promise<Host> {
    this.#host = host;
    host.then(
      (found) => {
        this.#themed(found.context.theme.tokens);
        found.on("theme", ({ tokens }) => this.#themed(tokens));
      },
      () => {
        this.#host = undefined;
      },
    );
    return host;
  }

  #themed(tokens: Readonly<Record<string, string>>) {
    this.#theme = tokens;
    this.#tell("theme", tokens);
  }

  #tell(type: HostToClientMessage["type"], payload: unknown) {
    for (const listener of [...this.#listeners]) listener({ alga: true, version: "1", type, payload });
  }
}
