// Builds dist/main.wasm from src/, with the tool chain of the runtime package.
import { fileURLToPath } from "node:url";

import { buildGuest } from "../../web/extension-runtime/build.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const size = await buildGuest({
  entry: path("src/main.js"),
  wit: path("../../shared/wit/alga-extension.wit"),
  out: path("dist/main.wasm"),
});
console.log(`dist/main.wasm: ${size} bytes`);
