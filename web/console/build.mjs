/** Builds the console into dist/: hashed files under assets/, one chunk per page, and index.html. */

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { writeSchema } from "./schema.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

await writeSchema();
await rm(dist, { recursive: true, force: true });
await mkdir(dist);
const result = await build({
  absWorkingDir: here,
  entryPoints: { console: "src/main.tsx" },
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  minify: true,
  metafile: true,
  legalComments: "linked",
  define: { "process.env.NODE_ENV": '"production"' },
  outdir: "dist/assets",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".svg": "file" },
});
const entry = Object.entries(result.metafile.outputs).find(
  ([, output]) => output.entryPoint === "src/main.tsx",
);
if (entry === undefined) throw new Error("esbuild wrote no entry for src/main.tsx");
const [script, { cssBundle }] = entry;
const first = await firstScript();
const page = await readFile(join(here, "index.html"), "utf8");
const links = {
  "%script%": `/assets/${basename(script)}`,
  "%style%": cssBundle === undefined ? "" : `/assets/${basename(cssBundle)}`,
  "%theme%": `/assets/${first}`,
};
await writeFile(
  join(dist, "index.html"),
  page.replace(/%(script|style|theme)%/g, (mark) => links[mark] ?? mark),
);
await compress();

/** Leaves coded variants beside each file that gains by it, for the gateway to hand out as they are. */
async function compress() {
  for (const name of await readdir(join(dist, "assets"))) {
    if (!/\.(js|css|svg)$/.test(name)) continue;
    const body = await readFile(join(dist, "assets", name));
    await writeFile(join(dist, "assets", `${name}.br`), brotliCompressSync(body));
    await writeFile(join(dist, "assets", `${name}.gz`), gzipSync(body, { level: 9 }));
  }
}

/** Writes the script that sets the theme before anything is painted; it blocks, so it stays tiny. */
async function firstScript() {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: ["src/first-paint.ts"],
    bundle: true,
    format: "iife",
    minify: true,
    write: false,
  });
  const code = outputFiles[0].contents;
  const name = `first-paint-${createHash("sha256").update(code).digest("hex").slice(0, 8).toUpperCase()}.js`;
  await writeFile(join(dist, "assets", name), code);
  return name;
}
