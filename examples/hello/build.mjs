// Builds dist/main.wasm from src/; everything the handler imports is resolved under src/ and snapshotted.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { componentize } from "componentize-qjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const { component } = await componentize({
  witPath: path("../../shared/wit/alga-extension.wit"),
  world: "runner",
  jsPath: path("src/main.js"),
  jsSource: await readFile(path("src/main.js"), "utf8"),
  moduleRoot: path("src"),
  sync: true, // the platform runs guests without component-model async
  stubWasi: true, // the handler needs no WASI; what is stubbed traps
  optSize: true,
});

await mkdir(path("dist"), { recursive: true });
await writeFile(path("dist/main.wasm"), component);
console.log(`dist/main.wasm: ${component.length} bytes`);
