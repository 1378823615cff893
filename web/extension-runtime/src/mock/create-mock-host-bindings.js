// A host for unit tests: everything in memory, with the platform's limits and error words. `host.mock` shows what the
// handler did.
import { mockEvents } from "./events.js";
import { grantsOf } from "./grants.js";
import { mockHttp } from "./http.js";
import { mockLogging } from "./logging.js";
import { mockMetrics } from "./metrics.js";
import { mockInvoicing, mockReads } from "./reads.js";
import { Records } from "./records.js";
import { refuse } from "./refuse.js";
import { mockScheduler } from "./scheduler.js";
import { mockStorage, mockStorageV2 } from "./storage.js";

const CONTEXT = {
  requestId: "req_mock",
  tenantId: "00000000-0000-4000-8000-000000000001",
  extensionId: "00000000-0000-4000-8000-000000000002",
  installId: "00000000-0000-4000-8000-000000000003",
  versionId: "00000000-0000-4000-8000-000000000004",
};
const USER = {
  tenantId: CONTEXT.tenantId,
  clientName: "",
  userId: "00000000-0000-4000-8000-000000000005",
  userEmail: "sam@example.org",
  userName: "Sam",
  userType: "internal",
};

export function createMockHostBindings(options = {}) {
  const { now = () => new Date(), overrides = {} } = options;
  const grants = grantsOf(options);
  const mock = { logs: [], requests: [], emitted: [], metrics: [] };
  let ids = 0;
  const newId = () => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, "0")}`;
  const records = new Records(now);
  const context = { ...CONTEXT, ...options.context };
  return {
    context: named({ getContext: () => ({ ...context }) }, { get: "getContext" }),
    config: mockConfig(options.config),
    secrets: mockSecrets(options.secrets, grants),
    http: mockHttp(options, grants, mock.requests),
    storage: mockStorage(records, grants),
    storageV2: mockStorageV2(records, grants),
    logging: mockLogging(grants, mock.logs),
    uiProxy: mockUiProxy(options.routes, grants),
    user: mockUser("user", options.user, grants, ({ clientId, additionalFields, ...user }) => user),
    userV2: mockUser("user-v2", options.user, grants, (user) => ({ clientId: null, additionalFields: [], ...user })),
    scheduler: mockScheduler(options, grants, { now, newId }),
    invoicing: mockInvoicing(options, grants),
    ...mockReads(options, grants),
    metrics: mockMetrics(grants, mock.metrics),
    events: mockEvents(grants, mock.emitted, { now, newId }),
    ...overrides,
    mock,
  };
}

function named(functions, aliases) {
  return { ...functions, ...Object.fromEntries(Object.entries(aliases).map(([name, long]) => [name, functions[long]])) };
}

function mockConfig(config = {}) {
  const functions = { get: (key) => config[key] ?? null, listKeys: () => Object.keys(config).sort() };
  return named(functions, { list: "listKeys" });
}

function mockSecrets(secrets = {}, grants) {
  const may = () => grants.has("cap:secrets.get");
  const get = (key) => {
    const secret = may() ? secrets[key] : refuse("secrets.get", "denied");
    return (typeof secret === "object" ? secret.value : secret) ?? refuse("secrets.get", "missing");
  };
  return named({ get, listKeys: () => (may() ? Object.keys(secrets).sort() : []) }, { list: "listKeys" });
}

function mockUiProxy(routes, grants) {
  const callRoute = (route, payload) => {
    if (!grants.has("cap:ui.proxy")) {
      refuse("ui-proxy.callRoute", "denied");
    }
    const answer = routes?.[route] ?? refuse("ui-proxy.callRoute", "route-not-found");
    const said = typeof answer === "function" ? answer(payload) : answer;
    if (said instanceof Uint8Array) {
      return said;
    }
    return new TextEncoder().encode(typeof said === "string" ? said : JSON.stringify(said));
  };
  return named({ callRoute }, { call: "callRoute" });
}

function mockUser(name, user, grants, shown) {
  const getUser = () => {
    if (!grants.has("cap:user.read")) {
      refuse(`${name}.getUser`, "not-allowed");
    }
    return user === null ? refuse(`${name}.getUser`, "not-available") : shown({ ...USER, ...user });
  };
  return named({ getUser }, { get: "getUser" });
}
