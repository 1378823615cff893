import type { Theme } from "@annex/iframe-sdk/host";
import { colours } from "../../ui-kit/src/tokens/tokens.ts";

export type Mode = Theme["mode"];

/** The theme the console would hand an extension's page in this mode. */
export function hostTheme(mode: Mode): Theme {
  const tokens: Record<string, string> = {};
  for (const [name, colour] of Object.entries(colours)) {
    const value =
      mode === "contrast"
        ? (colour.lightContrast ?? colour.light)
        : mode === "dark"
          ? colour.dark
          : colour.light;
    tokens[`--annex-color-${name}`] = value;
    if (colour.alga !== undefined) tokens[`--alga-${colour.alga}`] = value;
  }
  return { mode, tokens };
}
