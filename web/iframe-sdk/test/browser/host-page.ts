// The page that shows an extension in the tests of the bridge: it writes down all that it is told and asked.
import {
  AnnexError,
  type BootstrapOptions,
  type BridgeReport,
  bootstrapIframe,
  type FrameHandle,
  type FrameState,
  type HostPorts,
} from "../../src/host/index.ts";

import { suiteAnswer } from "../suite/suite-answer.ts";

const reports: BridgeReport[] = [];
const states: FrameState[] = [];
const asked: unknown[] = [];
let tokens = 0;
let state: string | undefined;

const note = (what: string, ...facts: unknown[]) => void asked.push([what, ...facts]);

const ports: HostPorts = {
  callApi: async (request, { signal }) => {
    note("callApi", request);
    if (request.path === "/never") {
      signal.addEventListener("abort", () => note("aborted", request.path));
      return new Promise(() => undefined);
    }
    if (request.path === "/fails") throw new Error("a secret of the host");
    return suiteAnswer(request);
  },
  issueToken: async () => {
    tokens += 1;
    return { token: `token-${tokens}`, expiresAt: new Date(Date.now() + 300_000).toISOString() };
  },
  navigate: (path, { replace }) => note("navigate", path, replace),
  toast: ({ text }) => note("toast", text),
  confirm: async ({ title }) => {
    note("confirm", title);
    return title === "yes";
  },
  openExternal: async (url) => {
    note("openExternal", url);
    return true;
  },
  writeClipboard: async () => {
    throw new AnnexError("DENIED", "The person did not allow it.");
  },
  state: {
    read: async () => state,
    write: async (text) => {
      state = text;
    },
  },
  guard: (isDirty) => note("guard", isDirty),
  report: (report) => void reports.push(report),
};

const context = {
  extension: { id: "e1", publisher: "acme", name: "notes" },
  version: "1.2.3",
  contentHash: `sha256:${"0".repeat(64)}`,
  installId: "i1",
  tenant: { id: "t1", name: "Tenant of the test" },
  user: { id: "u1", name: "Person of the test" },
  permissions: ["extension:read"],
  locale: "en",
  theme: { mode: "light", tokens: { "--annex-color-text": "rgb(1, 2, 3)" } },
  path: "/start",
} as const;

function show(src: string, options: Partial<BootstrapOptions> = {}): FrameHandle {
  const iframe = document.createElement("iframe");
  iframe.title = "Extension";
  document.body.append(iframe);
  return bootstrapIframe({ iframe, src, context, ports, onState: (now) => states.push(now), ...options });
}

Object.assign(window, { bridgeTest: { show, reports, states, asked } });
