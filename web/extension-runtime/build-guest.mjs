#!/usr/bin/env node
// annex-build-guest --entry src/main.js --out dist/main.wasm [--wit alga-extension.wit] [--engine quickjs|starling] [--map]
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { buildGuest } from "./build.mjs";

const text = { type: "string" };
const { values } = parseArgs({
  options: { entry: text, wit: text, out: text, engine: { ...text, default: "quickjs" }, map: { type: "boolean" } },
});
for (const name of ["entry", "out"]) {
  if (values[name] === undefined) {
    console.error(`error: --${name} is missing`);
    process.exit(2);
  }
}
if (values.engine === "starling") {
  const fromHere = createRequire(join(process.cwd(), "package.json"));
  const found = pathToFileURL(fromHere.resolve("@bytecodealliance/componentize-js"));
  values.componentize = (await import(found)).componentize;
}
console.log(`${values.out}: ${await buildGuest(values)} bytes`);
