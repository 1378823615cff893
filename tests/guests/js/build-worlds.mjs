// Builds a component for every interface of the world and every subset of it that extensions in the field import:
// node build-worlds.mjs <out>. Each imports all functions of its interfaces, and its handler traps.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { componentEmbed, componentNew } from "@bytecodealliance/jco";

const WIT = fileURLToPath(new URL("../../../shared/wit/alga-extension.wit", import.meta.url));
const SAMPLES = ["context", "secrets", "http", "storage", "logging", "ui-proxy"];
const text = await readFile(WIT, "utf8");
const interfaces = [...text.matchAll(/^interface ([a-z0-9-]+) \{/gm)]
  .map(([, name]) => name)
  .filter((name) => name !== "types");

const WORLDS = {
  ...Object.fromEntries(interfaces.map((name) => [`only-${name}`, [name]])),
  "set-six": SAMPLES,
  "set-six-user": [...SAMPLES, "user"],
  "set-six-users": [...SAMPLES, "user", "user-v2"],
  "set-six-reading": [...SAMPLES, "user-v2", "clients", "services"],
  "set-six-invoicing": [...SAMPLES, "user", "scheduler", "invoicing"],
  "set-six-scheduling": [...SAMPLES, "user-v2", "scheduler", "invoicing"],
  "set-all": interfaces,
};

const out = process.argv[2];
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
for (const [name, imported] of Object.entries(WORLDS)) {
  const world = [
    "world subset {",
    "    use types.{execute-request, execute-response};",
    ...imported.map((each) => `    import ${each};`),
    "    export handler: func(request: execute-request) -> execute-response;",
    "}",
  ];
  const embedded = componentEmbed({ dummy: true, witSource: `${text}\n${world.join("\n")}\n`, world: "subset" });
  await writeFile(join(out, `${name}.wasm`), await componentNew(await embedded, []));
}
process.exit(0);
