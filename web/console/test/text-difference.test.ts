/** Line by line: nothing is lost, nothing is invented, and what both have stands once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { textDifference } from "../src/consent/text-difference.ts";

function signed(before: string, after: string): string[] {
  return textDifference(before, after).map(({ sign, text }) => `${sign}${text}`);
}

test("lines that stay stand once, between those that go and those that come", () => {
  assert.deepEqual(signed("a\nb\nc", "a\nx\nc"), [" a", "-b", "+x", " c"]);
});

test("lines are numbered in both texts", () => {
  const last = textDifference("a\nb\nc", "b\nc").at(-1);

  assert.deepEqual([last?.before, last?.after], [3, 2]);
});

test("both texts can be read back from a comparison", () => {
  const pairs: [string, string][] = [
    ["", ""],
    ["a", ""],
    ["", "a"],
    ["a\nb\na\nb\nc", "b\na\nc\na"],
    [`${"x\n".repeat(3000)}end`, `begin\n${"x\n".repeat(3000)}`],
  ];
  for (const [before, after] of pairs) {
    const lines = textDifference(before, after);
    const read = (sign: string) =>
      lines
        .filter((line) => line.sign !== sign)
        .map(({ text }) => text)
        .join("\n");

    assert.equal(read("+"), before);
    assert.equal(read("-"), after);
  }
});
