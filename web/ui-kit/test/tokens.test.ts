import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { colourOf, tokenVars } from "../src/tokens/token-vars.ts";
import { colours, pairs, plain } from "../src/tokens/tokens.ts";
import { algaCss, tokensCss } from "../src/tokens/tokens-css.ts";
import { tokensJson } from "../src/tokens/tokens-json.ts";

const themes = [
  ["light", "normal"],
  ["dark", "normal"],
  ["light", "more"],
  ["dark", "more"],
] as const;

/** The relative luminance of WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((left, right) => right - left);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

for (const [theme, more] of themes)
  for (const { on, over, least } of pairs)
    test(`${on} on ${over} has a contrast of at least ${least} in ${theme}, contrast ${more}`, () => {
      const [front, back] = [colours[on], colours[over]];
      assert.ok(front !== undefined && back !== undefined);

      const found = contrast(colourOf(front, theme, more), colourOf(back, theme, more));

      assert.ok(found >= least, `${found.toFixed(2)}`);
    });

test("the style sheets are those the tokens give", async () => {
  const read = (name: string) => readFile(new URL(`../src/tokens/${name}`, import.meta.url), "utf8");

  assert.equal(await read("tokens.css"), tokensCss());
  assert.equal(await read("alga.css"), algaCss());
});

test("the document of tokens has every token with a type, a value and what it is for", () => {
  const { color, ...groups } = tokensJson() as { color: Record<string, Record<string, unknown>> };

  for (const group of Object.values(color))
    assert.equal(Object.keys(group).length, Object.keys(colours).length + 1);
  const written = Object.entries(groups).filter(([name]) => !name.startsWith("$"));
  assert.equal(
    written.flatMap(([, group]) => Object.keys(group as object)).length,
    Object.keys(plain).length,
  );
});

test("what a host hands over is one value for each token", () => {
  const vars = tokenVars("dark");

  assert.equal(Object.keys(vars).length, Object.keys(colours).length + Object.keys(plain).length);
  assert.ok(vars["--annex-color-page"] === tokenVars("dark", "normal")["--annex-color-page"]);
  assert.notEqual(vars["--annex-color-page"], tokenVars("dark", "more")["--annex-color-page"]);
});

test("every custom property a style sheet uses is a token or is set by the kit", async () => {
  const { globSync } = await import("node:fs");
  const root = new URL("../src/", import.meta.url);
  const known = new Set([...Object.keys(tokenVars("light")), "--annex-tone-soft", "--annex-tone-text"]);
  const sources = globSync("**/*.{css,ts,tsx}", { cwd: root.pathname });
  const texts = await Promise.all(sources.map((path) => readFile(new URL(path, root), "utf8")));
  for (const text of texts)
    for (const [, name = ""] of text.matchAll(/setProperty\(\s*"(--annex-[a-z-]+)"/g)) known.add(name);
  const used = texts.flatMap((text) =>
    [...text.matchAll(/var\((--annex-[a-z0-9-]*[a-z0-9])[,)]/g)].map((match) => match[1] ?? ""),
  );

  assert.deepEqual(
    [...new Set(used)].filter((name) => !known.has(name)),
    [],
  );
});
