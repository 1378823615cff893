import type { Theme } from "../contract/messages.ts";

/** Set the host's design tokens on the document, by script: no style element, so any policy allows it. */
export function applyTheme({ mode, tokens }: Theme): void {
  if (typeof document === "undefined") return;
  const root = document.documentElement;
  root.setAttribute("data-annex-theme", mode);
  root.style.setProperty("color-scheme", mode === "dark" ? "dark" : "light");
  for (const [name, value] of Object.entries(tokens)) root.style.setProperty(name, value);
}
