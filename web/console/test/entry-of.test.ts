import assert from "node:assert/strict";
import { test } from "node:test";
import { entryOf } from "../src/open/entry-of.ts";

test("a manifest with a page names it", () => {
  assert.equal(entryOf({ ui: { type: "iframe", entry: "ui/index.html" } }), "ui/index.html");
});

for (const manifest of [
  null,
  "ui",
  {},
  { ui: null },
  { ui: "ui/index.html" },
  { ui: {} },
  { ui: { entry: 7 } },
]) {
  test(`${JSON.stringify(manifest)} has no page`, () => {
    assert.equal(entryOf(manifest), null);
  });
}
