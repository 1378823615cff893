import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

interface Build {
  readonly BUDGETS: Readonly<Record<string, number>>;
  buildDist(folder: string): Promise<void>;
  measure(): Promise<Readonly<Record<string, number>>>;
}

const { BUDGETS, buildDist, measure } = (await import(
  pathToFileURL(fileURLToPath(new URL("../build.mjs", import.meta.url))).href
)) as Build;

const USE = `
import { AnnexError, connect } from "@annex/iframe-sdk";
import { createTestHost } from "@annex/iframe-sdk/testing";
import { bootstrapIframe } from "@annex/iframe-sdk/host";
const code = await connect().catch((error) => error instanceof AnnexError && error.code);
const { host } = await createTestHost({ routes: { "GET /x": { a: 1 } } });
const { data } = await host.api.get("/x");
host.disconnect();
console.log(JSON.stringify([code, data, typeof bootstrapIframe]));
`;

test("the core and the React layer are within their budgets", async () => {
  for (const [name, size] of Object.entries(await measure())) {
    assert.ok(size <= (BUDGETS[name] ?? 0), `${name} has ${size} of ${BUDGETS[name]} bytes`);
  }
});

test("what is packed works outside the workspace, and where there is no window", async () => {
  const folder = mkdtempSync(join(tmpdir(), "annex-sdk-"));
  try {
    const own = join(folder, "node_modules", "@annex", "iframe-sdk");
    await buildDist(own);
    writeFileSync(join(folder, "use.mjs"), USE);
    writeFileSync(join(folder, "use.ts"), USE.replace("console.log", "export default "));

    const said = execFileSync(process.execPath, [join(folder, "use.mjs")], { encoding: "utf8" });

    assert.deepEqual(JSON.parse(said), ["HOST_UNREACHABLE", { a: 1 }, "function"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
