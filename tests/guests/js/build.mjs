// Builds the JavaScript test guests: node build.mjs <name> <out>, with <name> one of those below.
import { fileURLToPath } from "node:url";

import { buildGuest } from "../../../web/extension-runtime/build.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const starling = async (release, disableFeatures) => ({
  engine: "starling",
  componentize: (await import(`componentize-js-${release}`)).componentize,
  ...(disableFeatures && { disableFeatures }),
});

const ENGINES = {
  js_quickjs: () => ({ engine: "quickjs" }),
  js_starling: () => starling("current"),
  js_starling_full: () => starling("current", []),
  js_starling_oldest: () => starling("oldest"),
  hello_starling: () => starling("current"),
};
const ENTRIES = { hello_starling: "../../../examples/hello/src/main.js" };

const [name, out] = process.argv.slice(2);
const size = await buildGuest({
  entry: path(ENTRIES[name] ?? "src/asks.js"),
  wit: path("../../../shared/wit/alga-extension.wit"),
  out,
  ...(await ENGINES[name]()),
});
console.log(`${name}: ${size} bytes`);
process.exit(0);
