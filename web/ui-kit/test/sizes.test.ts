import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { measureSizes, overBudget, sizeTable } from "../steps/sizes.mjs";

test("every component, the tokens and the largest two together are within their budgets", async (context) => {
  const sizes = await measureSizes(fileURLToPath(new URL("..", import.meta.url)));

  context.diagnostic(`\n${sizeTable(sizes)}`);
  assert.ok(sizes.length > 50);
  assert.deepEqual(overBudget(sizes), []);
});
