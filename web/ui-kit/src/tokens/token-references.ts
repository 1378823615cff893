import { colours, plain } from "./tokens.ts";

/** Every token as `var(--annex-…)`, by its name, for styles written in scripts. */
export const tokens: Readonly<Record<string, string>> = Object.fromEntries([
  ...Object.keys(colours).map((name) => [name, `var(--annex-color-${name})`]),
  ...Object.keys(plain).map((name) => [name, `var(--annex-${name})`]),
]);
