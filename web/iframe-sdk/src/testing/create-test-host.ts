import type { ApiAnswer, ConfirmParams, Context, ErrorCode, Theme } from "../contract/messages.ts";
import { AnnexError } from "../errors/annex-error.ts";
import type { Host, HostEvents } from "../guest/host.ts";
import { openPort } from "../guest/open-port.ts";
import type { BridgeReport } from "../host/bridge-report.ts";
import { GuestSession } from "../host/guest-session.ts";
import type { HostPorts, HostRequest } from "../host/host-ports.ts";
import { makeNonce } from "../host/make-nonce.ts";
import { SYSTEM_CLOCK } from "../host/system-clock.ts";
import { TokenKeeper } from "../host/token-keeper.ts";
import { Calls, type MadeCall } from "./calls.ts";
import { failureAnswer } from "./failure-answer.ts";
import { matchRoute } from "./match-route.ts";
import { testContext } from "./test-context.ts";

export interface TestRequest extends MadeCall {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** What a route answers: a value is sent as JSON with status 200, a function decides by the request. */
export type TestAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly json?: unknown }
  | ((request: TestRequest) => unknown);

export interface TestHostOptions {
  readonly context?: Partial<Context>;
  /** `{"GET /notes/:id": ({params}) => …}` */
  readonly routes?: Readonly<Record<string, TestAnswer | object | string | number | boolean | null>>;
  readonly theme?: Theme;
  readonly role?: string;
}

export interface TestUser {
  /** How the person answers what the extension asks; yes unless said. */
  answers(isYes: boolean): void;
  /** Use the host's own navigation. */
  goes(path: string): void;
  readonly questions: readonly ConfirmParams[];
  readonly toasts: readonly string[];
  readonly opened: readonly string[];
  readonly clipboard: string | undefined;
  readonly path: string;
  readonly height: number | undefined;
  readonly isDirty: boolean;
}

export interface FakeHost extends Host {
  /** Have a route, or any (`*`), fail with a code of the SDK until `recover`. */
  fail(route: string, code: ErrorCode): void;
  recover(route?: string): void;
  emit<Name extends Exclude<keyof HostEvents, "disconnect">>(name: Name, value: HostEvents[Name]): void;
  /** The page that shows the extension goes away. */
  dropConnection(): void;
}

export interface TestHost {
  /** Hand it to `AnnexProvider`, or to what takes a `Host`. `disconnect()` is the host's end of it. */
  readonly host: FakeHost;
  readonly user: TestUser;
  readonly calls: Calls;
  /** What did not fit the contract; a test should find it empty. */
  readonly violations: readonly BridgeReport[];
}

/**
 * Make a host for tests of an extension's page. It is the real host over a real port, with a person and an API
 * made of the options, so what it takes and refuses is what the console takes and refuses.
 */
export async function createTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const world = new TestWorld(options);
  const host = await world.connect();
  return { host, user: world.user, calls: world.calls, violations: world.violations };
}

class TestWorld {
  readonly calls = new Calls();
  readonly violations: BridgeReport[] = [];
  readonly #failing = new Map<string, ErrorCode>();
  readonly #context: Context;
  #isYes = true;
  #state: string | undefined;
  #session: GuestSession | undefined;
  readonly #person = {
    questions: [] as ConfirmParams[],
    toasts: [] as string[],
    opened: [] as string[],
    clipboard: undefined as string | undefined,
    path: "/",
    height: undefined as number | undefined,
    isDirty: false,
  };

  constructor(private readonly options: TestHostOptions) {
    this.#context = testContext(options);
    this.#person.path = this.#context.path;
  }

  get user(): TestUser {
    const person = this.#person;
    return Object.assign(Object.create(person), {
      answers: (isYes: boolean) => {
        this.#isYes = isYes;
      },
      goes: (path: string) => this.#session?.emit("path", path),
    }) as TestUser;
  }

  async connect(): Promise<FakeHost> {
    const { port1, port2 } = new MessageChannel();
    const nonce = makeNonce();
    this.#session = new GuestSession({
      port: port1,
      nonce,
      context: () => this.#context,
      ports: this.#ports(),
      tokens: new TokenKeeper(async () => this.#token(), Date.now),
      clock: SYSTEM_CLOCK,
      resize: (height) => {
        this.#person.height = height;
      },
      ended: () => undefined,
    });
    const host = await openPort(port2, nonce, 2_000);
    return Object.create(host, {
      fail: { value: (route: string, code: ErrorCode) => this.#failing.set(route, code) },
      recover: {
        value: (route?: string) =>
          route === undefined ? this.#failing.clear() : this.#failing.delete(route),
      },
      emit: {
        value: (name: "theme" | "locale" | "path", value: unknown) => this.#session?.emit(name, value),
      },
      dropConnection: { value: () => this.#session?.close("The test ended the connection.") },
      disconnect: { value: () => this.#session?.close("The test ended the connection.") },
    }) as FakeHost;
  }

  #ports(): HostPorts {
    const person = this.#person;
    return {
      callApi: (request) => this.#answer(request),
      issueToken: async () => this.#token(),
      navigate: (path) => {
        person.path = path;
      },
      toast: ({ text }) => void person.toasts.push(text),
      confirm: async (question) => {
        person.questions.push(question);
        return this.#isYes;
      },
      openExternal: async (url) => {
        if (this.#isYes) person.opened.push(url);
        return this.#isYes;
      },
      writeClipboard: async (text) => {
        if (!this.#isYes) throw new AnnexError("DENIED", "The person did not allow it.");
        person.clipboard = text;
      },
      state: {
        read: async () => this.#state,
        write: async (text) => {
          this.#state = text;
        },
      },
      guard: (isDirty) => {
        person.isDirty = isDirty;
      },
      report: (report) => {
        if (report.kind === "dropped") this.violations.push(report);
      },
    };
  }

  #token() {
    const code = this.#failing.get("token") ?? this.#failing.get("*");
    if (code) throw new AnnexError(code, "The test has it fail.");
    return { token: "test-token", expiresAt: new Date(Date.now() + 300_000).toISOString() };
  }

  async #answer(request: HostRequest): Promise<ApiAnswer> {
    const call = this.calls.add(request);
    const matched = matchRoute(Object.keys(this.options.routes ?? {}), call.method, call.path);
    const code = [matched?.route, `${call.method} ${call.path}`, "*"]
      .map((route) => (route === undefined ? undefined : this.#failing.get(route)))
      .find((found) => found !== undefined);
    if (code) return failureAnswer(code);
    if (!matched) return failureAnswer("ENDPOINT_NOT_FOUND");
    const answer = this.options.routes?.[matched.route];
    const query = new URLSearchParams(request.path.split("?")[1] ?? "");
    const value =
      typeof answer === "function"
        ? await (answer as (request: TestRequest) => unknown)({ ...call, params: matched.params, query })
        : answer;
    return toAnswer(value);
  }
}

function toAnswer(value: unknown): ApiAnswer {
  const isWhole = typeof value === "object" && value !== null && "status" in value;
  const { status, headers, json } = isWhole
    ? (value as { status: number; headers?: Record<string, string>; json?: unknown })
    : { status: value === undefined ? 204 : 200, headers: {}, json: value };
  const body = json === undefined ? {} : { body: JSON.stringify(json), encoding: "text" as const };
  const type = json === undefined ? {} : { "content-type": "application/json" };
  return { status, headers: { ...type, "x-request-id": "req-test", ...headers }, ...body };
}
