import {
  AnnexError,
  bootstrapIframe,
  buildExtUiSrc,
  type Context,
  type FrameHandle,
  type HostPorts,
  storedState,
} from "@annex/iframe-sdk/host";
import { callApi } from "./call-api.ts";
import { type DevState, ROLE_HEADER } from "./dev-state.ts";
import { element } from "./element.ts";
import { hostTheme, type Mode } from "./host-theme.ts";
import type { Inspector } from "./inspector.ts";

/** Who looks at the page, and how. */
export interface Viewer {
  readonly role: string;
  readonly locale: string;
  readonly mode: Mode;
}

/** The extension's page in its frame: the same bridge, sandbox and policy as in the console. */
export class ShownPage {
  #handle: FrameHandle | undefined;
  #hash = "";
  #path = "/";

  constructor(
    private readonly inspector: Inspector,
    private viewer: Viewer,
  ) {}

  /** Show the state's page; one that is shown already stays as it is. */
  show(state: DevState): void {
    if (state.page_hash === this.#hash || state.entry === null) return;
    this.#hash = state.page_hash;
    this.restart(state);
  }

  /** Throw the host away and begin anew, as when the console itself is loaded again. */
  restart(state: DevState): void {
    if (state.entry === null || state.page_hash === "") return;
    this.#handle?.close();
    const frame = document.createElement("iframe");
    frame.title = state.extension;
    element("stage", HTMLDivElement).replaceChildren(frame);
    this.#handle = bootstrapIframe({
      iframe: frame,
      src: buildExtUiSrc({
        uiHostUrl: state.ui_host_url,
        extension: state.extension.replace("/", "."),
        contentHash: state.page_hash,
        entry: state.entry,
        path: this.#path,
        parentOrigin: location.origin,
        extensionId: state.extension_id,
      }),
      context: this.#context(state),
      ports: this.#ports(state),
      allowsEnvelopeV1: true,
      onState: (known) => {
        element("bridge-state", HTMLElement).textContent = known;
      },
    });
  }

  become(viewer: Viewer, state: DevState): void {
    const before = this.viewer;
    this.viewer = viewer;
    if (viewer.role !== before.role) {
      this.restart(state);
      return;
    }
    if (viewer.locale !== before.locale) this.#handle?.setLocale(viewer.locale);
    if (viewer.mode !== before.mode) this.#handle?.setTheme(hostTheme(viewer.mode));
  }

  #context(state: DevState): Context {
    const [publisher = "", name = ""] = state.extension.split("/");
    return {
      extension: { id: state.extension_id, publisher, name },
      version: state.version,
      contentHash: state.page_hash,
      installId: state.install_id,
      tenant: { id: state.tenant_id, name: state.tenant_name },
      user: {
        id: `dev-${this.viewer.role}`,
        name: `Dev ${this.viewer.role}`,
        kind: "user",
        role: this.viewer.role,
      },
      permissions: state.roles[this.viewer.role] ?? [],
      locale: this.viewer.locale,
      theme: hostTheme(this.viewer.mode),
      path: this.#path,
    };
  }

  #ports(state: DevState): HostPorts {
    const { inspector } = this;
    return {
      callApi: async (request, { signal }) => {
        const answer = await callApi(request, this.viewer.role, signal);
        inspector.answer(`apiproxy_response ${request.method} ${request.path}`, answer);
        return answer;
      },
      issueToken: ({ signal }) => issueToken(this.viewer.role, signal),
      navigate: (path) => {
        this.#path = path;
        element("path", HTMLElement).textContent = path;
        this.#handle?.setPath(path);
      },
      toast: (toast) => inspector.add("note", "toast", JSON.stringify(toast)),
      confirm: async (question) => window.confirm(JSON.stringify(question)),
      openExternal: async (url) => {
        inspector.add("note", "open", url);
        return window.confirm(`Open ${url}?`) && window.open(url, "_blank", "noopener") === null;
      },
      writeClipboard: (text) => navigator.clipboard.writeText(text),
      state: storedState(sessionStorage, `annex-dev:${state.install_id}:${this.viewer.role}`),
      report: (report) => inspector.report(report),
    };
  }
}

async function issueToken(role: string, signal: AbortSignal) {
  const response = await fetch("/dev/token", { method: "POST", headers: { [ROLE_HEADER]: role }, signal });
  if (!response.ok) throw new AnnexError("SESSION_ENDED", await response.text());
  const { token, expires_at } = (await response.json()) as { token: string; expires_at: string };
  return { token, expiresAt: expires_at };
}
