// Builds ui/ from src/ui/. ANNEX_BUILD is "release" for `annex build --release`.
import { cp, rm } from "node:fs/promises";

import { build } from "esbuild";

const isRelease = process.env.ANNEX_BUILD === "release";

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
