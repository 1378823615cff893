// What any host does, told by what a page gets of it. Run over the host for tests, and over the real one in a
// browser; both answer `/echo` with the request, `/refused` with 422 and a problem of the extension, `/limited`
// with the platform's RATE_LIMITED, `/empty` with 204, `/bytes` with two bytes, `/long` with 200,000 letters.
import type { AnnexError } from "../../src/errors/annex-error.ts";
import type { Host } from "../../src/guest/host.ts";

export interface HostCase {
  readonly name: string;
  run(host: Host): Promise<unknown>;
  readonly expected: unknown;
}

const failure = async (work: Promise<unknown>) => {
  try {
    return { value: await work };
  } catch (error) {
    const { code, status, problem, retryable, requestId, details } = error as AnnexError;
    return { code, status, problem, retryable, requestId, details };
  }
};

const codeOf = async (work: Promise<unknown>) => (await failure(work)).code;

export const HOST_CASES: readonly HostCase[] = [
  {
    name: "every method reaches the API as it was called",
    run: async ({ api }) =>
      Promise.all([
        api.get<{ method: string }>("/echo").then(({ data }) => data.method),
        api.post<{ method: string }>("/echo").then(({ data }) => data.method),
        api.put<{ method: string }>("/echo").then(({ data }) => data.method),
        api.patch<{ method: string }>("/echo").then(({ data }) => data.method),
        api.delete<{ method: string }>("/echo").then(({ data }) => data.method),
      ]),
    expected: ["GET", "POST", "PUT", "PATCH", "DELETE"],
  },
  {
    name: "JSON, key and headers arrive",
    run: async ({ api }) => {
      const options = { json: { a: "ä" }, idempotencyKey: "k1", headers: { "if-match": '"x"' } };
      const { data } = await api.post<Record<string, unknown>>("/echo?q=1", options);
      return data;
    },
    expected: {
      method: "POST",
      path: "/echo?q=1",
      headers: { "content-type": "application/json", "if-match": '"x"', "idempotency-key": "k1" },
      body: '{"a":"ä"}',
    },
  },
  {
    name: "an answer has status, headers and request id",
    run: async ({ api }) => {
      const { status, headers, requestId } = await api.get("/echo");
      return { status, type: headers["content-type"], requestId };
    },
    expected: { status: 200, type: "application/json", requestId: "req-test" },
  },
  {
    name: "no content is no data",
    run: async ({ api }) => (await api.get("/empty")).data ?? null,
    expected: null,
  },
  {
    name: "bytes come as bytes",
    run: async ({ api }) => [...(await api.get<Uint8Array>("/bytes")).data],
    expected: [0, 255],
  },
  {
    name: "a long answer comes whole",
    run: async ({ api }) => (await api.get<string>("/long")).data.length,
    expected: 200_000,
  },
  {
    name: "what the extension refuses has its status and details",
    run: ({ api }) => failure(api.get("/refused")),
    expected: {
      code: "EXTENSION_REFUSED",
      status: 422,
      problem: undefined,
      retryable: false,
      requestId: "req-test",
      details: { field: "text" },
    },
  },
  {
    name: "what the platform refuses has the platform's code beside ours",
    run: ({ api }) => failure(api.get("/limited")),
    expected: {
      code: "RATE_LIMITED",
      status: 429,
      problem: "RATE_LIMITED",
      retryable: true,
      requestId: "req-test",
      details: undefined,
    },
  },
  {
    name: "routes out of the extension are refused",
    run: ({ api }) =>
      Promise.all(["/../x", "/%2e%2e/x", "//evil.example", "/a%2fb"].map((path) => codeOf(api.get(path)))),
    expected: ["ROUTE_REFUSED", "ROUTE_REFUSED", "ROUTE_REFUSED", "ROUTE_REFUSED"],
  },
  {
    name: "what does not fit the contract is refused by the host",
    run: async (host) => [
      await codeOf(host.api.get("no-slash")),
      await codeOf(host.api.get("/echo", { headers: { cookie: "a" } })),
      await codeOf(host.confirm({ title: "" })),
      await codeOf(host.openExternal("javascript:alert(1)")),
      await codeOf(host.clipboard.write("x".repeat(32_769))),
      await codeOf(host.api.post("/echo", { body: "x".repeat(65_537) })),
    ],
    expected: [
      "INVALID_ARGUMENT",
      "INVALID_ARGUMENT",
      "INVALID_ARGUMENT",
      "INVALID_ARGUMENT",
      "INVALID_ARGUMENT",
      "MESSAGE_TOO_LARGE",
    ],
  },
  {
    name: "state is kept, up to its size",
    run: async ({ state }) => {
      const before = (await state.get()) ?? null;
      await state.set({ a: [1] });
      return [before, await state.get(), await codeOf(state.set("x".repeat(64_000)))];
    },
    expected: [null, { a: [1] }, "STATE_TOO_LARGE"],
  },
  {
    name: "more calls than may be on their way wait for a place",
    run: async ({ api }) => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, at) => api.get<{ path: string }>(`/echo?${at}`)),
      );
      return answers.every(({ data }, at) => data.path === `/echo?${at}`);
    },
    expected: true,
  },
  {
    name: "a cancelled call ends at once",
    run: async ({ api }) => {
      const own = new AbortController();
      const call = codeOf(api.get("/echo", { signal: own.signal }));
      own.abort();
      return [await call, await codeOf(api.get("/echo", { signal: AbortSignal.abort() }))];
    },
    expected: ["CANCELLED", "CANCELLED"],
  },
  { name: "a token is had", run: async (host) => typeof (await host.token()), expected: "string" },
  { name: "the person is asked", run: (host) => host.confirm({ title: "yes" }), expected: true },
  {
    name: "the features are told",
    run: async ({ features, protocol }) => [protocol, [...features].sort()],
    expected: [2, ["api", "confirm", "openExternal", "readState", "token", "writeClipboard", "writeState"]],
  },
];
