// Builds dist/main.wasm from src/handler/ and ui/ from src/ui/. ANNEX_BUILD is "release" for `annex build --release`.
import { cp, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

import { buildGuest } from "@annex/extension-runtime/build";
import { build } from "esbuild";

const HANDLER = "dist/main.wasm";
// What the handler is made of. It takes seconds to build, and stays as it is while only the page changes.
const SOURCES = ["src/handler", "vendor", "build.mjs", "package.json"];
const isRelease = process.env.ANNEX_BUILD === "release";
const began = new Date();

if (isRelease) {
  await rm("ui", { recursive: true, force: true });
}
await build({
  entryPoints: { app: "src/ui/main.tsx" },
  bundle: true,
  define: { "process.env.NODE_ENV": JSON.stringify(isRelease ? "production" : "development") },
  format: "esm",
  jsx: "automatic",
  logLevel: "info",
  minify: isRelease,
  outdir: "ui",
  sourcemap: isRelease ? false : "inline",
  target: "es2022",
});
await cp("src/ui/index.html", "ui/index.html");
if (isRelease || (await newest(...SOURCES)) >= (await newest(HANDLER))) {
  const size = await buildGuest({ entry: "src/handler/main.ts", out: HANDLER, map: true });
  // What was saved meanwhile is newer.
  await utimes(HANDLER, began, began);
  console.log(`${HANDLER}: ${size} bytes`);
}

async function newest(...paths) {
  return Math.max(...(await Promise.all(paths.map(changed))));
}

async function changed(path) {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) {
    return found?.mtimeMs ?? 0;
  }
  const names = await readdir(path);
  return Math.max(found.mtimeMs, await newest(...names.map((name) => join(path, name))));
}
