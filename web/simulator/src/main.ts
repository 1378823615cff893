/** The host simulator of `annex dev`. */

import { Controls } from "./controls.ts";
import type { DevState } from "./dev-state.ts";
import { element } from "./element.ts";
import { Inspector } from "./inspector.ts";
import { ShownPage } from "./shown-page.ts";

const SHOWN_MOST = 300;
let state: DevState | undefined;

const inspector = new Inspector();
const controls = new Controls(
  (viewer) => {
    setMode();
    if (state) page.become(viewer, state);
  },
  () => {
    if (state) page.restart(state);
  },
);
const page = new ShownPage(inspector, controls.viewer);
const log = element("log", HTMLOListElement);

function setMode() {
  document.documentElement.dataset["annexTheme"] = controls.viewer.mode === "dark" ? "dark" : "light";
}

function show(next: DevState) {
  state = next;
  controls.show(next);
  const { fault } = next;
  element("extension", HTMLElement).textContent = `${next.extension} ${next.version}`;
  element("no-limits", HTMLElement).hidden = next.has_limits;
  element("building", HTMLElement).hidden = !next.is_building;
  element("no-page", HTMLElement).hidden = next.entry !== null;
  element("endpoints", HTMLElement).textContent = next.endpoints.join("\n") || "none";
  const overlay = element("fault", HTMLElement);
  overlay.hidden = fault === null;
  if (fault !== null) {
    element("fault-message", HTMLElement).textContent = fault.message;
    element("fault-output", HTMLElement).textContent = fault.output.join("\n");
    element("fault-hint", HTMLElement).textContent = fault.hint ?? "";
    element("fault-since", HTMLElement).textContent =
      next.served_since === ""
        ? "Nothing is served yet."
        : `Still serving the build from ${next.served_since}.`;
  }
  page.show(next);
}

function note(kind: string, text: string) {
  const row = document.createElement("li");
  row.className = kind;
  row.textContent = `${new Date().toLocaleTimeString()}  ${text}`;
  log.prepend(row);
  while (log.childElementCount > SHOWN_MOST) log.lastElementChild?.remove();
}

type Facts = Record<string, string | number | null>;
const events = new EventSource("/dev/events");
function on(kind: string, act: (facts: Facts) => void) {
  events.addEventListener(kind, (event) => act(JSON.parse((event as MessageEvent<string>).data) as Facts));
}

events.addEventListener("state", (event) =>
  show(JSON.parse((event as MessageEvent<string>).data) as DevState),
);
on("theme", () => controls.toggleTheme());
on("line", ({ level, message }) => note(`line ${level}`, `${level}  ${message}`));
on("denied", ({ message }) => note("denied", `denied  ${message}`));
on("call", ({ method, path, status, duration_ms, code }) =>
  note(
    Number(status) >= 500 ? "line error" : "call",
    `${method} ${path}  ${status}  ${duration_ms} ms${code === null ? "" : `  ${code}`}`,
  ),
);
events.addEventListener("open", () => element("away", HTMLElement).toggleAttribute("hidden", true));
events.addEventListener("error", () => element("away", HTMLElement).toggleAttribute("hidden", false));
setMode();
