import { accepts } from "../contract/accepts.ts";
import { type Context, checkRefused, checkWelcome, type Tokens } from "../contract/messages.ts";
import { AnnexError } from "../errors/annex-error.ts";
import { AlgaLink } from "./alga-link.ts";
import type { AnyRoutes } from "./api-of.ts";
import type { Host } from "./host.ts";
import { type MadeHost, makeHost } from "./make-host.ts";
import { openPort } from "./open-port.ts";

export interface ConnectOptions {
  /** How long to wait for the host; 8 s unless said. */
  readonly timeoutMs?: number;
  /** The only origin to talk to. Without it, any parent: the first message holds nothing secret. */
  readonly parentOrigin?: string;
}

const DEFAULT_MS = 8_000;
const REPEAT_MS = 500;
const NONCE = /^#annex-bridge=([A-Za-z0-9_-]{22})$/;

let connected: Promise<Host> | undefined;

/**
 * Find the page that shows this one. Settles in bounded time: with the host, or with HOST_UNREACHABLE,
 * HOST_REFUSED or PROTOCOL_MISMATCH. A page has one connection; asking again answers the same.
 */
export function connect<Routes = AnyRoutes>(options: ConnectOptions = {}): Promise<Host<Routes>> {
  connected ??= shakeHands(options).catch((error: unknown) => {
    connected = undefined;
    throw error;
  });
  return connected as Promise<unknown> as Promise<Host<Routes>>;
}

function shakeHands({ timeoutMs = DEFAULT_MS, parentOrigin = "*" }: ConnectOptions): Promise<Host> {
  if (typeof window === "undefined" || window.parent === window) {
    return Promise.reject(new AnnexError("HOST_UNREACHABLE", "No other page shows this one."));
  }
  return new Promise((resolve, reject) => {
    const nonce = takeNonce();
    const post = (message: unknown) => window.parent.postMessage(message, parentOrigin);
    let isAlga = false;
    let made: MadeHost | undefined;
    let tokens: Tokens | undefined;
    const alga = new AlgaLink(post, {
      heard: (path) => {
        if (isAlga) return;
        isAlga = true;
        stop(false);
        made = makeHost(alga, 1, [], algaContext(path));
        if (tokens) made.tell("theme", { mode: "light", tokens });
        resolve(made.host);
      },
      theme: (told) => {
        tokens = told;
        made?.tell("theme", { mode: "light", tokens: told });
      },
    });
    const hear = ({ source, origin, data, ports }: MessageEvent<unknown>) => {
      if (source !== window.parent || (parentOrigin !== "*" && origin !== parentOrigin)) return;
      const port = ports[0];
      if (port && !isAlga && accepts(checkWelcome, data)) {
        stop(true);
        openPort(port, nonce, left()).then(resolve, reject);
      } else if (accepts(checkRefused, data)) {
        stop(true);
        reject(new AnnexError(data.code, "The host refused the connection."));
      } else {
        alga.receive(data);
      }
    };
    const stop = (isWhole: boolean) => {
      clearTimeout(end);
      clearInterval(repeat);
      if (isWhole) window.removeEventListener("message", hear);
    };
    const began = Date.now();
    const left = () => Math.max(1_000, timeoutMs - (Date.now() - began));
    const greet = () => post({ annex: "bridge", kind: "hello", versions: [2, 1], nonce });
    const end = setTimeout(() => {
      stop(true);
      reject(new AnnexError("HOST_UNREACHABLE", `No host answered within ${timeoutMs} ms.`));
    }, timeoutMs);
    // A host that may have begun to listen late, or that knows envelope v1 alone.
    const repeat = setInterval(() => {
      greet();
      alga.send("ready");
    }, REPEAT_MS);
    window.addEventListener("message", hear);
    greet();
  });
}

/** Read the nonce from the address and take it away, so that a router of the page finds none. */
function takeNonce(): string {
  const nonce = NONCE.exec(location.hash)?.[1];
  if (nonce === undefined) return "";
  try {
    history.replaceState(history.state, "", location.pathname + location.search);
  } catch {
    // The browser keeps a sandboxed page from it; the nonce is good for one port anyway.
  }
  return nonce;
}

// What such a host does not tell stays empty.
function algaContext(path: string | undefined): Context {
  const query = new URLSearchParams(location.search);
  return {
    extension: { id: query.get("extensionId") ?? "", publisher: "", name: "" },
    version: "",
    contentHash: /sha256:[0-9a-f]{64}/.exec(decodeURIComponent(location.pathname))?.[0] ?? "",
    installId: "",
    tenant: { id: query.get("tenant") ?? "" },
    user: { id: "" },
    permissions: [],
    locale: navigator.language,
    theme: { mode: "light", tokens: {} },
    path: path ?? query.get("path") ?? "/",
  };
}
