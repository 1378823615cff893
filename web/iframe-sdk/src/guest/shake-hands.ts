import { accepts } from "../contract/accepts.ts";
import { checkRefused, checkWelcome } from "../contract/messages.ts";
import { AnnexError } from "../errors/annex-error.ts";
import type { Host } from "./host.ts";
import { openPort } from "./open-port.ts";

export interface ConnectOptions {
  /** How long to wait for the host; 8 s unless said. */
  readonly timeoutMs?: number;
  /** The only origin to talk to. Without it, any parent: the first message holds nothing secret. */
  readonly parentOrigin?: string;
}

/** What else a guest speaks with a host that does not answer the first word. */
export interface Dialect {
  readonly versions: readonly number[];
  /** Say it once more. */
  greet(): void;
  /** Take what is no word of protocol v2; the host, when it is one that speaks this. */
  hear(data: unknown): Host | undefined;
}

const DEFAULT_MS = 8_000;
const REPEAT_MS = 500;
const NONCE = /^#annex-bridge=([\w-]{22})$/;

/**
 * Find the host on the window and take its port; settles in bounded time. The host's side and the steps are in
 * `bootstrapIframe`.
 */
export function shakeHands(
  { timeoutMs = DEFAULT_MS, parentOrigin = "*" }: ConnectOptions,
  dialectOf?: (post: (message: unknown) => void) => Dialect,
): Promise<Host> {
  if (typeof window === "undefined" || parent === window) {
    return Promise.reject(new AnnexError("HOST_UNREACHABLE", "No page shows this one."));
  }
  return new Promise((resolve, reject) => {
    const nonce = takeNonce();
    const endsAt = Date.now() + timeoutMs;
    const post = (message: unknown) => parent.postMessage(message, parentOrigin);
    const dialect = dialectOf?.(post);
    const greet = () => post({ annex: "bridge", kind: "hello", versions: dialect?.versions ?? [2], nonce });
    const take = (data: unknown, port: MessagePort | undefined) => {
      if (port && accepts(checkWelcome, data)) {
        stop();
        openPort(port, nonce, endsAt - Date.now()).then(resolve, reject);
      } else if (accepts(checkRefused, data)) {
        stop();
        reject(new AnnexError(data.code, "The host refused."));
      }
    };
    const hear = ({ source, origin, data, ports }: MessageEvent<unknown>) => {
      if (source !== parent || (parentOrigin !== "*" && origin !== parentOrigin)) return;
      if (!isFound) take(data, ports[0]);
      const host = dialect?.hear(data);
      if (!host) return;
      // It goes on to speak on the window.
      isFound = true;
      stop();
      resolve(host);
    };
    let isFound = false;
    const stop = () => {
      clearTimeout(end);
      clearInterval(repeat);
      if (!isFound) removeEventListener("message", hear);
    };
    const end = setTimeout(() => {
      stop();
      reject(new AnnexError("HOST_UNREACHABLE", `No answer within ${timeoutMs} ms.`));
    }, timeoutMs);
    // A host may have begun to listen late.
    const repeat = setInterval(() => {
      greet();
      dialect?.greet();
    }, REPEAT_MS);
    addEventListener("message", hear);
    greet();
  });
}

/** Read the nonce from the address and take it away, so that a router of the page finds none. */
function takeNonce(): string {
  const nonce = NONCE.exec(location.hash)?.[1] ?? "";
  try {
    if (nonce) history.replaceState(history.state, "", location.pathname + location.search);
  } catch {
    // The browser keeps a sandboxed page from it; the nonce is good for one port anyway.
  }
  return nonce;
}
