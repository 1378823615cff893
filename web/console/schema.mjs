/** Writes src/api/schema.d.ts, the types of the gateway's routes, from the description it serves. */

import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTypescript, { astToString } from "openapi-typescript";

const here = dirname(fileURLToPath(import.meta.url));
const description = join(here, "../../services/gateway/src/annex_gateway/api/openapi.json");
const types = join(here, "src/api/schema.d.ts");

export async function writeSchema() {
  const document = JSON.parse(await readFile(description, "utf8"));
  const text = astToString(await openapiTypescript(document));
  const before = await readFile(types, "utf8").catch(() => "");
  if (text !== before) await writeFile(types, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeSchema();
