/** Build the kit: `node ui-kit/build.mjs tokens|gallery|package|sizes`. */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildGallery } from "./steps/gallery.mjs";
import { imported } from "./steps/imported.mjs";
import { buildPackage } from "./steps/package.mjs";
import { measureSizes, overBudget, sizeTable } from "./steps/sizes.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));

const steps = {
  tokens: writeTokens,
  gallery: () => buildGallery(HERE, join(HERE, "dist/gallery")),
  package: () => buildPackage(HERE, join(HERE, "dist/package")),
  sizes: printSizes,
};

/** Write the style sheets and the document of the tokens beside their source. */
async function writeTokens() {
  const { algaCss, tokensCss } = await imported(join(HERE, "src/tokens/tokens-css.ts"));
  const { tokensJson } = await imported(join(HERE, "src/tokens/tokens-json.ts"));
  await writeFile(join(HERE, "src/tokens/tokens.css"), tokensCss());
  await writeFile(join(HERE, "src/tokens/alga.css"), algaCss());
  await writeFile(join(HERE, "src/tokens/tokens.json"), `${JSON.stringify(tokensJson(), null, 2)}\n`);
}

async function printSizes() {
  const sizes = await measureSizes(HERE);
  process.stdout.write(sizeTable(sizes));
  if (overBudget(sizes).length > 0) process.exitCode = 1;
}

await mkdir(join(HERE, "dist"), { recursive: true });
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in steps));
if (asked.length === 0 || unknown.length > 0) {
  process.stderr.write(`usage: node ui-kit/build.mjs ${Object.keys(steps).join("|")}\n`);
  process.exitCode = 2;
} else for (const name of asked) await steps[name]();
