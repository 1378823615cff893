import { type DevState, putSwitches, type Switches } from "./dev-state.ts";
import { element } from "./element.ts";
import type { Mode } from "./host-theme.ts";
import type { Viewer } from "./shown-page.ts";

const MODES: readonly Mode[] = ["light", "dark", "contrast"];

/** The controls of the page: who looks, how, and which failures are made. */
export class Controls {
  #state: DevState | undefined;
  #mode: Mode = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  readonly #role = element("role", HTMLSelectElement);
  readonly #locale = element("locale", HTMLSelectElement);
  readonly #theme = element("theme", HTMLSelectElement);
  readonly #slow = element("slow", HTMLInputElement);
  readonly #denied = element("denied", HTMLDivElement);

  constructor(
    private readonly changed: (viewer: Viewer) => void,
    restart: () => void,
  ) {
    this.#theme.value = this.#mode;
    for (const control of [this.#role, this.#locale, this.#theme]) {
      control.addEventListener("change", () => {
        this.#mode = MODES.find((mode) => mode === this.#theme.value) ?? "light";
        this.changed(this.viewer);
      });
    }
    for (const id of ["offline", "rate-limited", "expired"]) {
      element(id, HTMLInputElement).addEventListener("change", () => this.#switch());
    }
    this.#slow.addEventListener("change", () => this.#switch());
    this.#denied.addEventListener("change", () => this.#switch());
    element("restart", HTMLButtonElement).addEventListener("click", restart);
  }

  get viewer(): Viewer {
    return { role: this.#role.value || "developer", locale: this.#locale.value, mode: this.#mode };
  }

  toggleTheme(): void {
    this.#mode = this.#mode === "dark" ? "light" : "dark";
    this.#theme.value = this.#mode;
    this.changed(this.viewer);
  }

  show(state: DevState): void {
    const isFirst = this.#state === undefined;
    this.#state = state;
    if (isFirst) {
      this.#role.replaceChildren(...Object.keys(state.roles).map((role) => new Option(role, role)));
      this.#role.value = state.usual_role;
    }
    this.#slow.value = String(state.switches.slow_ms);
    element("offline", HTMLInputElement).checked = state.switches.is_offline;
    element("rate-limited", HTMLInputElement).checked = state.switches.is_rate_limited;
    element("expired", HTMLInputElement).checked = state.switches.is_expired;
    this.#denied.replaceChildren(
      ...state.deniable.map((name) => choice(name, state.switches.denied.includes(name))),
    );
  }

  #switch() {
    const boxes = [...this.#denied.querySelectorAll("input")];
    const switches: Switches = {
      slow_ms: Math.min(60_000, Math.max(0, Math.round(Number(this.#slow.value) || 0))),
      is_offline: element("offline", HTMLInputElement).checked,
      is_rate_limited: element("rate-limited", HTMLInputElement).checked,
      is_expired: element("expired", HTMLInputElement).checked,
      denied: boxes.filter((box) => box.checked).map((box) => box.value),
    };
    void putSwitches(switches);
  }
}

function choice(name: string, isChecked: boolean): HTMLLabelElement {
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.value = name;
  box.checked = isChecked;
  label.append(box, ` ${name}`);
  return label;
}
