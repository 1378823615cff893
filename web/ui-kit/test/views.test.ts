import assert from "node:assert/strict";
import { test } from "node:test";
import { diffBlocks, pairLines } from "../src/views/diff-blocks.ts";
import { diffLines } from "../src/views/diff-lines.ts";
import { findInLines } from "../src/views/find-in-lines.ts";
import { branchPaths, findInJson, jsonRows, pathsAbove } from "../src/views/json-rows.ts";
import { logAsText } from "../src/views/log-as-text.ts";
import type { LogEntry } from "../src/views/log-line.ts";
import { rowOffsets, visibleRange } from "../src/views/visible-rows.ts";

const script = (before: string, after: string) =>
  diffLines(before, after)
    .map((line) => ({ same: "=", added: "+", removed: "-" })[line.kind])
    .join("");

const comparisons: [string, string, string][] = [
  ["", "", ""],
  ["a\nb\n", "a\nb\n", "=="],
  ["a\nb\nc\n", "a\nc\n", "=-="],
  ["a\nc\n", "a\nb\nc\n", "=+="],
  ["a\nb\nc", "a\nx\nc", "=-+="],
  ["", "a\nb", "++"],
  ["a\nb", "", "--"],
  ["a\nb\nc\na\nb\nb\na", "c\nb\na\nb\na\nc", "--=+==-=+"],
];
for (const [before, after, expected] of comparisons)
  test(`${JSON.stringify(before)} becomes ${JSON.stringify(after)} by ${expected || "nothing"}`, () => {
    assert.equal(script(before, after), expected);
  });

test("a comparison gives back both texts, whatever they are", () => {
  let seed = 7;
  const next = () => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed;
  };
  for (let round = 0; round < 200; round += 1) {
    const [before, after] = [0, 1].map(() => Array.from({ length: next() % 14 }, () => "abc"[next() % 3]));
    const lines = diffLines((before ?? []).join("\n"), (after ?? []).join("\n"));
    const left = lines.filter((line) => line.kind !== "added").map((line) => line.text);
    const right = lines.filter((line) => line.kind !== "removed").map((line) => line.text);

    assert.deepEqual([left, right], [before, after]);
  }
});

test("texts with more changes than anybody follows are told as replaced", () => {
  const text = (sign: string) => Array.from({ length: 1500 }, (_, at) => `${sign}${at}`).join("\n");

  assert.equal(script(text("a"), text("b")), `${"-".repeat(1500)}${"+".repeat(1500)}`);
});

test("unchanged lines far from a change are folded, single ones are not", () => {
  const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`);
  const changed = lines.with(10, "other");

  const blocks = diffBlocks(diffLines(lines.join("\n"), changed.join("\n")));

  assert.deepEqual(
    blocks.map((block) => [block.folded, block.lines.length]),
    [
      [true, 7],
      [false, 8],
      [true, 6],
    ],
  );
});

test("removed and added lines of one change stand side by side", () => {
  const pairs = pairLines(diffLines("a\nb\nc\nd", "a\nx\nd\ne"));

  assert.deepEqual(
    pairs.map((pair) => [pair.before?.text, pair.after?.text]),
    [
      ["a", "a"],
      ["b", "x"],
      ["c", undefined],
      ["d", "d"],
      [undefined, "e"],
    ],
  );
});

test("only rows in sight are drawn, with some beyond, whatever their heights", () => {
  const keys = Array.from({ length: 10_000 }, (_, at) => String(at));
  const offsets = rowOffsets(keys, new Map([["0", 200]]), 20);

  assert.equal(offsets[10_000], 200 + 9999 * 20);
  assert.deepEqual(visibleRange(offsets, 0, 400, 5), { first: 0, last: 17 });
  assert.deepEqual(visibleRange(offsets, 100_000, 400, 5), { first: 4986, last: 5017 });
  assert.deepEqual(visibleRange(rowOffsets([], new Map(), 20), 0, 400, 5), { first: 0, last: 0 });
});

const log: LogEntry[] = [
  { id: "1", text: "Started", time: "2026-11-21T09:00:00Z", level: "info", fields: { endpoint: "/notes" } },
  { kind: "gap", id: "2", count: 37 },
  { kind: "note", id: "3", text: "limit" },
];

test("find looks in texts and fields, whatever the case", () => {
  assert.deepEqual(findInLines(log, "STARTED"), [0]);
  assert.deepEqual(findInLines(log, "endpoint=/n"), [0]);
  assert.deepEqual(findInLines(log, "limit"), [2]);
  assert.deepEqual(findInLines(log, ""), []);
});

test("a copied log says where lines are missing", () => {
  assert.equal(
    logAsText(log),
    "2026-11-21T09:00:00Z info Started endpoint=/notes\n-- 37 lines not kept\n-- limit",
  );
});

const json = { name: "notes", "a/b": [1, { deep: null }], empty: {} };

test("a tree shows what is open", () => {
  const shown = (...open: string[]) => jsonRows(json, new Set(open)).map((row) => row.path);

  assert.deepEqual(shown(), [""]);
  assert.deepEqual(shown("", "/a~1b"), ["", "/name", "/a~1b", "/a~1b/0", "/a~1b/1", "/empty"]);
  assert.deepEqual(branchPaths(json, 1), ["", "/a~1b", "/empty"]);
});

test("find in a tree gives the ways to names and values", () => {
  assert.deepEqual(findInJson(json, "NULL"), ["/a~1b/1/deep"]);
  assert.deepEqual(findInJson(json, "a/b"), ["/a~1b"]);
  assert.deepEqual(pathsAbove("/a~1b/1/deep"), ["", "/a~1b", "/a~1b/1"]);
});
