/** Builds the page of `annex dev` into the command line's own package, so that running it needs no Node. */

import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const page = join(here, "../../cli/src/annex_cli/dev/page");
const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.ts"],
  bundle: true,
  format: "esm",
  target: ["es2022"],
  minify: true,
  legalComments: "none",
  write: false,
});
const built = new Map([
  ["simulator.js", outputFiles[0].text],
  ["simulator.css", await readFile(join(here, "simulator.css"), "utf8")],
  ["index.html", await readFile(join(here, "index.html"), "utf8")],
]);
const isCheck = process.argv.includes("--check");
for (const [name, text] of built) {
  if (!isCheck) {
    await writeFile(join(page, name), text);
  } else if ((await readFile(join(page, name), "utf8").catch(() => "")) !== text) {
    process.stderr.write(`${name} of annex dev is not built from web/simulator. Run: make simulator\n`);
    process.exitCode = 1;
  }
}
