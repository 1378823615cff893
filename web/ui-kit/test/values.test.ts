import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes } from "../src/values/format-bytes.ts";
import { formatDuration } from "../src/values/format-duration.ts";
import { formatRelative, formatTime } from "../src/values/format-time.ts";
import { digitsToDiffer, shortHash } from "../src/values/short-hash.ts";

const sizes: [number, string][] = [
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1 kB"],
  [1536, "1.5 kB"],
  [999_950, "1 MB"],
  [3_120_400, "3.1 MB"],
  [64_000_000, "64 MB"],
  [240_500_000, "241 MB"],
  [5_000_000_000_000, "5 TB"],
  [7_000_000_000_000_000, "7000 TB"],
];
for (const [bytes, text] of sizes)
  test(`${bytes} bytes are written ${text}`, () => assert.equal(formatBytes(bytes), text));

const lengths: [number, string][] = [
  [0, "0 ms"],
  [0.42, "0.4 ms"],
  [820, "820 ms"],
  [999.7, "1 s"],
  [1204, "1.2 s"],
  [59_960, "1 min"],
  [185_000, "3 min 5 s"],
  [3_599_900, "1 h"],
  [7_440_000, "2 h 4 min"],
  [90_000_000, "1 d 1 h"],
];
for (const [ms, text] of lengths)
  test(`${ms} ms are written ${text}`, () => assert.equal(formatDuration(ms), text));

const now = new Date("2026-11-21T09:00:00Z");
const ages: [string, string][] = [
  ["2026-11-21T08:59:55Z", "just now"],
  ["2026-11-21T08:59:15Z", "45 s ago"],
  ["2026-11-21T08:30:00Z", "30 min ago"],
  ["2026-11-21T06:00:00Z", "3 hours ago"],
  ["2026-11-20T09:00:00Z", "1 day ago"],
  ["2026-11-21T09:05:00Z", "in 5 min"],
];
for (const [time, text] of ages)
  test(`${time} is ${text} at nine`, () => assert.equal(formatRelative(new Date(time), now), text));

test("an exact time has its zone", () => {
  assert.equal(formatTime(new Date("2026-09-08T09:12:03Z"), "utc"), "8 Sep 2026, 09:12 UTC");
  assert.equal(
    formatTime(new Date("2026-11-18T00:00:03Z"), "utc", { seconds: true }),
    "18 Nov 2026, 00:00:03 UTC",
  );
});

const hash = `sha256:9f2c41d7a0be${"0".repeat(52)}`;
test("a hash is shortened to twelve digits, and one that is short stays", () => {
  assert.equal(shortHash(hash), "sha256:9f2c41d7a0be…");
  assert.equal(shortHash("9f2c41d7a0be0"), "9f2c41d7a0be…");
  assert.equal(shortHash("sha256:9f2c"), "sha256:9f2c");
});

test("compared hashes grow until they differ", () => {
  const other = `sha256:9f2c41d7a0be${"0".repeat(7)}1${"0".repeat(44)}`;

  assert.equal(digitsToDiffer(hash, other), 20);
  assert.equal(digitsToDiffer(hash, "sha256:00"), 12);
  assert.equal(digitsToDiffer(hash, hash), 64);
});
