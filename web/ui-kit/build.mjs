/** Build the kit: `node ui-kit/build.mjs tokens|gallery|package|sizes`. */

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));

const PRODUCTION = { "process.env.NODE_ENV": '"production"' };

const steps = { tokens, gallery };

async function tokens() {
  const { algaCss, tokensCss } = await imported("src/tokens/tokens-css.ts");
  await writeFile(join(HERE, "src/tokens/tokens.css"), tokensCss());
  await writeFile(join(HERE, "src/tokens/alga.css"), algaCss());
}

/** Bundle the gallery with everything it needs into dist/gallery. */
async function gallery() {
  const outdir = join(HERE, "dist/gallery");
  const shared = { bundle: true, minify: true, outdir, target: "es2022", logLevel: "warning" };
  await build({
    ...shared,
    entryPoints: [join(HERE, "gallery/gallery.tsx")],
    format: "esm",
    jsx: "automatic",
    define: PRODUCTION,
  });
  await build({ ...shared, entryPoints: [join(HERE, "src/theme/theme-boot.ts")], format: "iife" });
  await build({ ...shared, entryPoints: [join(HERE, "gallery/gallery.css")] });
  await copyFile(join(HERE, "gallery/index.html"), join(outdir, "index.html"));
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
