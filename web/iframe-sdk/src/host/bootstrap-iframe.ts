import { accepts } from "../contract/accepts.ts";
import { type Context, checkHello, type Hello, type Theme } from "../contract/messages.ts";
import { isRecord } from "../contract/shapes.ts";
import { sizeWithin } from "../contract/size-within.ts";
import { AlgaSession } from "./alga-session.ts";
import type { DropReason } from "./bridge-report.ts";
import { FrameHeight } from "./frame-height.ts";
import { GuestSession } from "./guest-session.ts";
import type { HostClock } from "./host-clock.ts";
import type { HostPorts } from "./host-ports.ts";
import { makeNonce } from "./make-nonce.ts";
import { SYSTEM_CLOCK } from "./system-clock.ts";
import { TokenKeeper } from "./token-keeper.ts";

/** `waiting` for the page to speak, `connected`, `left` for another page, `refused`, `closed` by us. */
export type FrameState = "waiting" | "connected" | "left" | "refused" | "closed";

export interface BootstrapOptions {
  /** A frame without a `src` yet: sandbox and policies are set before the address is. */
  readonly iframe: HTMLIFrameElement;
  /** From `buildExtUiSrc`. */
  readonly src: string;
  readonly context: Context;
  readonly ports: HostPorts;
  /** `allow-scripts allow-forms` unless said. With `allow-same-origin` the frame has the origin of `src`. */
  readonly sandbox?: string;
  /**
   * Speak envelope v1 too. It hands a token to whatever page is in the frame, so say yes only where the
   * embedding page's Content-Security-Policy confines frames (`frame-src`) to the UI host.
   */
  readonly allowsEnvelopeV1?: boolean;
  readonly onState?: (state: FrameState) => void;
  /** In place of setting the frame's height. */
  readonly onHeight?: (height: number) => void;
  readonly clock?: HostClock;
}

export interface FrameHandle {
  readonly state: FrameState;
  setTheme(theme: Theme): void;
  setLocale(locale: string): void;
  /** The embedding page moved to another path of the extension, by its own links or the back button. */
  setPath(path: string): void;
  /** Load the page anew, with a new nonce and a new port. */
  reload(): void;
  /** End the connection; the frame stays as it is. */
  close(): void;
}

const SANDBOX = "allow-scripts allow-forms";
const NONCE_FIELD = "annex-bridge";
const HELLO_MOST_SIZE = 1_024;
const RETURN_WITHIN_MS = 5_000;
const RETURNS_MOST = 3;
const RETURNS_PER_MS = 10_000;

/**
 * Show an extension's page in a frame and be its host.
 *
 * Required of the handshake: (1) only the window in this frame is heard, and only from the origin it must have;
 * (2) the page proves by the nonce in its address that it is the page this host loaded; (3) a nonce is good for
 * one port; (4) no fact about a person leaves before that, and none leaves on the window at all; (5) a page
 * that replaced the one that was loaded gets nothing; (6) the guest always hears how it ended.
 *
 * 1. The frame's address carries a fresh nonce in its fragment.
 * 2. The guest says `hello` with it on the window.
 * 3. The host answers `welcome`, which carries a port and no fact, with target `*` where the origin is opaque.
 * 4. The guest says `open` with the nonce on the port: whoever took the page's place meanwhile cannot.
 * 5. The host says `start` with the context. Everything else is said on the port.
 * 6. When the frame loads again, the port is closed. A page of ours that says `hello` once more is loaded anew
 *    with a new nonce; any other page is left alone and `left` is reported.
 */
export function bootstrapIframe(options: BootstrapOptions): FrameHandle {
  return new FrameHost(options);
}

class FrameHost implements FrameHandle {
  #state: FrameState = "waiting";
  #context: Context;
  #nonce = "";
  #isNonceUsed = false;
  #loads = 0;
  #session: GuestSession | undefined;
  #alga: AlgaSession | undefined;
  #returns: number[] = [];
  #stopWaiting: () => void = () => undefined;
  readonly #clock: HostClock;
  readonly #tokens: TokenKeeper;
  readonly #origin: string;
  readonly #height: FrameHeight;

  constructor(private readonly options: BootstrapOptions) {
    const { iframe, src, ports, sandbox = SANDBOX } = options;
    const isOpaque = !sandbox.split(/\s+/).includes("allow-same-origin");
    const address = new URL(src, location.href);
    if (!isOpaque && address.origin === location.origin) {
      throw new TypeError("A frame of the page's own origin must not have allow-same-origin.");
    }
    this.#context = options.context;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#origin = isOpaque ? "null" : address.origin;
    this.#tokens = new TokenKeeper(
      () => ports.issueToken({ signal: AbortSignal.timeout(10_000) }),
      () => this.#clock.now(),
    );
    this.#height = new FrameHeight(
      options.onHeight ?? ((height) => iframe.style.setProperty("height", `${height}px`)),
      (act) => requestAnimationFrame(act),
    );
    prepareFrame(iframe, sandbox);
    window.addEventListener("message", this.#hear);
    iframe.addEventListener("load", this.#noteLoad);
    this.#load();
  }

  get state(): FrameState {
    return this.#state;
  }

  setTheme(theme: Theme): void {
    this.#context = { ...this.#context, theme };
    this.#session?.emit("theme", theme);
    this.#alga?.theme(theme.tokens);
  }

  setLocale(locale: string): void {
    this.#context = { ...this.#context, locale };
    this.#session?.emit("locale", locale);
  }

  setPath(path: string): void {
    this.#context = { ...this.#context, path };
    this.#session?.emit("path", path);
  }

  reload(): void {
    if (this.#state === "closed") return;
    this.#endSession("The page is loaded anew.");
    this.#load();
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#endSession("The host closed the bridge.");
    this.#stopWaiting();
    window.removeEventListener("message", this.#hear);
    this.options.iframe.removeEventListener("load", this.#noteLoad);
    this.#become("closed");
  }

  #load() {
    this.#nonce = makeNonce();
    this.#isNonceUsed = false;
    this.#loads = 0;
    this.#stopWaiting();
    const url = new URL(this.options.src, location.href);
    // Two addresses that differ in their fragment alone are one document to a browser.
    if (this.options.iframe.hasAttribute("src")) url.searchParams.set("load", this.#nonce.slice(0, 8));
    url.hash = `${NONCE_FIELD}=${this.#nonce}`;
    this.options.iframe.src = url.href;
    this.#become("waiting");
  }

  readonly #noteLoad = () => {
    this.#loads += 1;
    const wasHeard = this.#isNonceUsed || this.#alga !== undefined;
    if (this.#loads < 2 || !wasHeard) return;
    this.#endSession("The page in the frame was replaced.");
    this.#isNonceUsed = true;
    this.#stopWaiting();
    // A page of ours speaks up again and is loaded with a new nonce.
    this.#stopWaiting = this.#clock.after(RETURN_WITHIN_MS, () => this.#become("left"));
  };

  readonly #hear = (event: MessageEvent<unknown>) => {
    if (event.source === null || event.source !== this.options.iframe.contentWindow) return;
    if (event.origin !== this.#origin) return this.#drop("wrong_origin");
    const { data } = event;
    if (!isRecord(data)) return;
    const { annex, alga } = data;
    if (annex === "bridge") return this.#hearHello(data);
    if (alga === true) return this.#hearAlga(data);
  };

  #hearHello(data: unknown) {
    if (!sizeWithin(data, HELLO_MOST_SIZE)) return this.#drop("too_large");
    if (!accepts(checkHello, data)) return this.#drop("invalid", checkHello(data, "hello"));
    if (!data.versions.includes(2)) {
      this.#drop("unknown_version");
      return this.#answer({ annex: "bridge", kind: "refused", code: "PROTOCOL_MISMATCH" });
    }
    if (data.nonce === this.#nonce && !this.#isNonceUsed) return this.#welcome();
    this.#drop("wrong_nonce");
    // The guest repeats its hello until it is answered.
    if (data.nonce === this.#nonce && this.#session) return;
    this.#returnToPage(data);
  }

  #welcome() {
    this.#isNonceUsed = true;
    this.#alga?.close();
    this.#alga = undefined;
    const { port1, port2 } = new MessageChannel();
    const session = new GuestSession({
      port: port1,
      nonce: this.#nonce,
      context: () => this.#context,
      ports: this.options.ports,
      tokens: this.#tokens,
      clock: this.#clock,
      resize: (height) => this.#height.want(height),
      ended: () => {
        if (this.#session === session) this.#session = undefined;
      },
    });
    this.#session = session;
    this.#answer({ annex: "bridge", kind: "welcome", version: 2 }, [port2]);
    this.#become("connected");
  }

  // Whoever has lost the nonce gets the extension's page again, unless that goes on and on.
  #returnToPage(_hello: Hello) {
    const now = this.#clock.now();
    this.#returns = [...this.#returns.filter((at) => now - at < RETURNS_PER_MS), now];
    this.#endSession("The page in the frame was replaced.");
    if (this.#returns.length <= RETURNS_MOST) return this.#load();
    this.#stopWaiting();
    this.#answer({ annex: "bridge", kind: "refused", code: "HOST_REFUSED" });
    this.#become("refused");
  }

  #hearAlga(data: Record<string, unknown>) {
    if (this.options.allowsEnvelopeV1 !== true) return this.#drop("envelope_not_allowed");
    // A page that has a port has no need of the window; one that was replaced does not get another token.
    if (this.#session || (this.#isNonceUsed && this.#alga === undefined)) return this.#drop("closed");
    this.#alga ??= new AlgaSession({
      send: (message) => this.#answer(message),
      context: () => this.#context,
      ports: this.options.ports,
      tokens: this.#tokens,
      clock: this.#clock,
      resize: (height) => this.#height.want(height),
    });
    this.#alga.receive(data);
    if (this.#alga.isReady) this.#become("connected");
  }

  #answer(message: unknown, transfer: Transferable[] = []) {
    const target = this.#origin === "null" ? "*" : this.#origin;
    this.options.iframe.contentWindow?.postMessage(message, target, transfer);
  }

  #endSession(reason: string) {
    const session = this.#session;
    this.#session = undefined;
    session?.close(reason);
    this.#alga?.close();
    this.#alga = undefined;
  }

  #drop(reason: DropReason, detail?: string) {
    this.options.ports.report?.({ kind: "dropped", reason, detail });
  }

  #become(state: FrameState) {
    if (this.#state === state) return;
    this.#state = state;
    this.options.onState?.(state);
  }
}

function prepareFrame(iframe: HTMLIFrameElement, sandbox: string): void {
  iframe.setAttribute("sandbox", sandbox);
  iframe.setAttribute("referrerpolicy", "no-referrer");
  iframe.setAttribute("allow", "");
  iframe.setAttribute("credentialless", "");
}
