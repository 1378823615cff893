import { accepts } from "../contract/accepts.ts";
import { type Call, checkV1HostMessage, type Note, type Tokens } from "../contract/messages.ts";
import { AnnexError } from "../errors/annex-error.ts";
import { toBase64 } from "./bytes.ts";
import type { CallOptions, Link } from "./link.ts";
import { settle } from "./settle.ts";

export interface AlgaListener {
  /** The host spoke: it is one of this envelope. */
  heard(path: string | undefined): void;
  theme(tokens: Tokens): void;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly encoding?: string;
}

const UNSENT = ["HEAD"];

/** Envelope v1 as the guest speaks it, for hosts that know nothing else. */
export class AlgaLink implements Link {
  readonly #waiting = new Map<
    string,
    (payload: { body?: unknown; error?: unknown; status?: unknown }) => void
  >();
  readonly #tokenless = new Set<(token: unknown) => void>();
  #token: unknown;
  #calls = 0;
  #isEnded = false;

  constructor(
    private readonly post: (message: unknown) => void,
    private readonly listener: AlgaListener,
  ) {}

  send(type: string, payload: object = {}, requestId?: string): void {
    this.post({ alga: true, version: "1", type, request_id: requestId, payload });
  }

  receive(data: unknown) {
    if (this.#isEnded || !accepts(checkV1HostMessage, data)) return;
    if (data.type === "apiproxy_response") return this.#waiting.get(data.request_id)?.(data.payload);
    if (data.type === "theme") {
      this.listener.theme(data.payload);
      return this.listener.heard(undefined);
    }
    const { session, theme_tokens, navigation } = data.payload;
    this.#token = { token: session.token, expiresAt: session.expires_at ?? "" };
    for (const tell of this.#tokenless) tell(this.#token);
    if (theme_tokens) this.listener.theme(theme_tokens);
    this.listener.heard(navigation?.path);
  }

  call(method: Call["method"], params: object, options: CallOptions): Promise<unknown> {
    if (this.#isEnded) return Promise.reject(new AnnexError("DISCONNECTED", "The page closed the bridge."));
    if (method === "token") return this.#tokenOf(options);
    if (method === "api") return this.#api(params as Request, options);
    return Promise.reject(new AnnexError("UNSUPPORTED", `This host does not know ${method}.`));
  }

  note(name: Note["name"], params: object): void {
    if (!this.#isEnded && (name === "navigate" || name === "resize")) this.send(name, params);
  }

  close(): void {
    this.#isEnded = true;
    for (const tell of [...this.#waiting.values(), ...this.#tokenless]) tell({});
  }

  #tokenOf(options: CallOptions): Promise<unknown> {
    if (this.#token) return Promise.resolve(this.#token);
    let tell: (token: unknown) => void = () => undefined;
    return settle(
      options,
      (resolve, reject) => {
        tell = (token) => (this.#isEnded ? reject(gone()) : resolve(token));
        this.#tokenless.add(tell);
      },
      () => this.#tokenless.delete(tell),
    );
  }

  #api({ method, path, body, encoding }: Request, options: CallOptions): Promise<unknown> {
    if (UNSENT.includes(method)) {
      return Promise.reject(new AnnexError("UNSUPPORTED", `This host does not know ${method}.`));
    }
    this.#calls += 1;
    const id = `annex-${this.#calls}`;
    return settle(
      options,
      (resolve, reject) => {
        this.#waiting.set(id, ({ body: answer, error, status }) => {
          this.#waiting.delete(id);
          if (this.#isEnded) return reject(gone());
          const isKnown = typeof status === "number";
          if (error !== undefined && !isKnown)
            return reject(new AnnexError("EXTENSION_FAILED", String(error)));
          resolve({ status: isKnown ? status : 200, headers: {}, body: answer ?? "", encoding: "base64" });
        });
        this.send("apiproxy", { route: path, method, body: encoding === "text" ? encode(body) : body }, id);
      },
      () => this.#waiting.delete(id),
    );
  }
}

const gone = () => new AnnexError("DISCONNECTED", "The page closed the bridge.");

const encode = (text = "") => toBase64(new TextEncoder().encode(text));
