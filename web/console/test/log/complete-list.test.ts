import assert from "node:assert/strict";
import { test } from "node:test";
import { requireComplete } from "../../src/log/complete-list.ts";
import { LogReader } from "../../src/log/log-reader.ts";
import { memoryOf, storedLog, VKEY } from "./stored-log.ts";

const listed = [
  ["1.1.0-rc.1", "1935d32ad8317f133893152361a00e9da3b31e77a518e4f3036e3d9d6d884675"],
  ["1.0.1", "b4b76eea3be90f9c8fd1be40b57c8369a44586071049a3cb7f3a4e993d10a751"],
  ["1.0.0", "e6631225e83d23bf67657e85109ad5deb3570e1405d7aaa23a2485ae8582c143"],
].map(([version = "", hex = ""]) => ({ version, contentHash: `sha256:${hex}` }));

async function entries(flip?: { path: string; at: number }) {
  const reader = new LogReader(VKEY, storedLog(flip), memoryOf());
  return reader.entries(await reader.checkpoint());
}

test("a list with all versions of the log is complete", async () => {
  requireComplete("acme/hello", listed, await entries());
});

test("a list that hides a version, adds one or changes a hash is not what the log holds", async () => {
  const all = await entries();
  const changed = listed.map((row, at) => (at === 1 ? { ...row, contentHash: "sha256:00" } : row));

  assert.throws(() => requireComplete("acme/hello", listed.slice(1), all), /hides it/);
  assert.throws(() => requireComplete("acme/hello", [...listed, { version: "9.0.0", contentHash: "" }], all));
  assert.throws(() => requireComplete("acme/hello", changed, all), /another content hash/);
});

test("entries that do not make the signed root are not believed", async () => {
  await assert.rejects(
    entries({ path: "tile/entries/000.p/3", at: 500 }),
    /root that was signed|does not hold/,
  );
});
