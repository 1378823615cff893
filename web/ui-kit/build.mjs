/** Build the kit: `node ui-kit/build.mjs tokens|gallery|package|sizes`. */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));

const steps = { tokens };

async function tokens() {
  const { tokensCss } = await imported("src/tokens/tokens-css.ts");
  await writeFile(join(HERE, "src/tokens/tokens.css"), tokensCss());
}

/** Load a TypeScript module of the kit, without a loader. */
async function imported(path) {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, path)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

await mkdir(join(HERE, "dist"), { recursive: true });
for (const name of process.argv.slice(2)) await steps[name]();
