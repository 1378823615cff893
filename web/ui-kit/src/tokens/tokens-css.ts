import { type ColourToken, colours, plain } from "./tokens.ts";

/** Write the tokens as the style sheet `tokens.css`; where a page sets the predecessor's names, they win. */
export function tokensCss(): string {
  return [
    "/* Written by `node ui-kit/build.mjs tokens` from tokens.ts. */",
    ":root {",
    "  color-scheme: light dark;",
    ...Object.entries(colours).map(([name, token]) => declaration(`color-${name}`, both(token), token.alga)),
    ...Object.entries(plain).map(([name, token]) => declaration(name, token.value, token.alga)),
    "}",
    '[data-annex-theme="light"] {\n  color-scheme: light;\n}',
    '[data-annex-theme="dark"] {\n  color-scheme: dark;\n}',
    "@media (prefers-contrast: more) {\n  :root:not([data-annex-contrast]) {",
    ...strong("    "),
    "  }\n}",
    '[data-annex-contrast="more"] {',
    ...strong("  "),
    "}",
    "@media (prefers-reduced-motion: reduce) {\n  :root {",
    "    --annex-duration-fast: 0s;\n    --annex-duration-slow: 0s;\n  }\n}",
    "",
  ].join("\n");
}

function declaration(name: string, value: string, alga: string | undefined): string {
  return `  --annex-${name}: ${alga === undefined ? value : `var(--alga-${alga}, ${value})`};`;
}

function both(token: ColourToken): string {
  return token.light === token.dark ? token.light : `light-dark(${token.light}, ${token.dark})`;
}

function strong(indent: string): string[] {
  return Object.entries(colours)
    .filter(([, token]) => token.lightContrast !== undefined || token.darkContrast !== undefined)
    .map(([name, token]) => {
      const more = {
        ...token,
        light: token.lightContrast ?? token.light,
        dark: token.darkContrast ?? token.dark,
      };
      return `${indent}--annex-color-${name}: ${both(more)};`;
    });
}
