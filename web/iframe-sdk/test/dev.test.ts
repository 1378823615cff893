import assert from "node:assert/strict";
import { test } from "node:test";
import { secretsIn } from "../src/dev/secrets-in.ts";
import type { Warning } from "../src/dev/warning.ts";
import { withWarnings } from "../src/dev/with-warnings.ts";
import { createTestHost } from "../src/testing/index.ts";

async function watched() {
  const warnings: Warning[] = [];
  const world = { now: 0 };
  const { host } = await createTestHost();
  return {
    host,
    warnings,
    world,
    page: withWarnings(
      host,
      (warning) => warnings.push(warning),
      () => world.now,
    ),
  };
}

test("a page that ends its listeners is not warned, one that does not is", async () => {
  const { host, page, warnings } = await watched();
  for (let round = 0; round < 100; round += 1) page.on("theme", () => undefined)();
  const before = warnings.length;
  for (let round = 0; round < 21; round += 1) page.on("theme", () => undefined);

  assert.equal(before, 0);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["LISTENER_LEAK"],
  );
  host.disconnect();
});

test("a page that grows with its frame is warned, one that is resized now and then is not", async () => {
  const { host, page, warnings, world } = await watched();
  for (let round = 0; round < 30; round += 1) {
    world.now += 500;
    page.resize(round);
  }
  const before = warnings.length;
  for (let round = 0; round < 20; round += 1) page.resize(round);

  assert.equal(before, 0);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["RESIZE_LOOP"],
  );
  host.disconnect();
});

test("secrets in the state are named by their fields", async () => {
  const { host, page, warnings } = await watched();
  await page.state.set({ draft: "text", auth: { apiKey: "x" } });

  assert.match(warnings[0]?.message ?? "", /state\.auth\.apiKey/);
  assert.deepEqual(secretsIn({ filter: "open", tokens: null, password: "" }), []);
  assert.deepEqual(secretsIn({ a: ["annex_0123456789abcdef0123"] }), ["state.a.0"]);
  host.disconnect();
});
