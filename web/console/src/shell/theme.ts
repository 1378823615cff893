/** The theme a person chose in this browser: the system's, unless they chose otherwise. */

import { storeChoice, storedChoice } from "./stored-choice.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "annex.theme";

export function storedTheme(): Theme {
  return storedChoice(KEY, THEMES);
}

export function storeTheme(theme: Theme): void {
  storeChoice(KEY, theme);
}

/** Marks the document, which the kit's tokens follow; the system's choice has no mark. */
export function applyTheme(theme: Theme): void {
  const marks = document.documentElement.dataset;
  if (theme === "system") delete marks["annexTheme"];
  else marks["annexTheme"] = theme;
}
