import { type ColourToken, colours, plain } from "./tokens.ts";

/** Every token's value in one theme, by custom property: what a host hands to a page it frames. */
export function tokenVars(
  theme: "light" | "dark",
  contrast: "normal" | "more" = "normal",
): Record<string, string> {
  const vars: Record<string, string> = {};
  for (const [name, token] of Object.entries(colours))
    vars[`--annex-color-${name}`] = colourOf(token, theme, contrast);
  for (const [name, token] of Object.entries(plain)) vars[`--annex-${name}`] = token.value;
  return vars;
}

/** One colour as it is drawn in a theme. */
export function colourOf(token: ColourToken, theme: "light" | "dark", contrast: "normal" | "more"): string {
  const stronger = contrast === "more" ? token[`${theme}Contrast`] : undefined;
  return stronger ?? token[theme];
}
