import assert from "node:assert/strict";
import { test } from "node:test";
import { hasTerm, highlightsOf } from "../../src/live-debug/highlights.ts";

test("terms are found in either case, in order and without overlap", () => {
  assert.deepEqual(highlightsOf("Error: retry after error", ["error", "after err"]), [
    { start: 0, end: 5, term: 0 },
    { start: 13, end: 22, term: 1 },
  ]);
});

test("of two terms that begin at the same place the longer one counts", () => {
  assert.deepEqual(highlightsOf("abcd", ["ab", "abc"]), [{ start: 0, end: 3, term: 1 }]);
});

test("at most four terms count, and empty ones none", () => {
  const terms = ["", "a", "b", "c", "d"];

  assert.equal(highlightsOf("d", terms).length, 0);
  assert.equal(hasTerm("d", terms), false);
  assert.equal(hasTerm("anything", [""]), false);
});

test("a text that grows in lower case is left as it is", () => {
  assert.deepEqual(highlightsOf("İstanbul", ["stan"]), []);
});
