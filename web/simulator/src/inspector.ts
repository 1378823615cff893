import type { BridgeReport } from "@annex/iframe-sdk/host";
import { element } from "./element.ts";
import { type Passed, watchPorts } from "./watch-ports.ts";

const SHOWN_MOST = 300;
const TEXT_MOST = 4_000;

/** The list of messages of both directions; a message that breaks the contract is red and says where. */
export class Inspector {
  #speaksV1 = false;
  readonly #list = element("messages", HTMLOListElement);

  constructor() {
    watchPorts((passed) => this.#pass(passed));
    window.addEventListener("message", ({ source, data }) => {
      if (source !== window && source !== null) this.#pass({ way: "in", message: data });
    });
    element("clear-messages", HTMLButtonElement).addEventListener("click", () =>
      this.#list.replaceChildren(),
    );
  }

  /** What the bridge reports of itself. Calls are in the list already, as the messages they were. */
  report(report: BridgeReport): void {
    if (report.kind === "dropped") {
      this.add("refused", report.reason, report.detail ?? "The host dropped this message.");
    } else if (report.kind === "closed") {
      this.add("note", "closed", report.reason);
    }
  }

  add(kind: "in" | "out" | "note" | "refused", name: string, text: string): void {
    const row = document.createElement("li");
    row.className = `message ${kind}`;
    const head = document.createElement("strong");
    head.textContent = `${WORDS[kind]} ${name}`;
    const body = document.createElement("code");
    body.textContent = text.length > TEXT_MOST ? `${text.slice(0, TEXT_MOST)}…` : text;
    row.append(head, body);
    this.#list.prepend(row);
    while (this.#list.childElementCount > SHOWN_MOST) this.#list.lastElementChild?.remove();
  }

  /** An answer of the API. Pages of envelope v1 get it on their window, where nobody can listen in. */
  answer(what: string, answer: unknown): void {
    if (this.#speaksV1) this.add("out", what, JSON.stringify(answer));
  }

  #pass({ way, message }: Passed) {
    this.#speaksV1 ||= typeof message === "object" && message !== null && "alga" in message;
    this.add(way, nameOf(message), JSON.stringify(message));
  }
}

const WORDS = { in: "page →", out: "→ page", note: "host", refused: "refused" } as const;

function nameOf(message: unknown): string {
  if (typeof message !== "object" || message === null) return typeof message;
  const { kind, type, method, name } = message as Record<string, unknown>;
  return [kind ?? type, method ?? name].filter((part) => typeof part === "string").join(" ") || "message";
}
