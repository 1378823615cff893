/** Quotas: what is used of which window, and what it means for calls. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { quotaAmount, quotaUse } from "../src/quotas/quota-use.ts";

const NOW = new Date("2026-12-31T23:30:00Z");
const ROW = { cpu_ms: 0, mem_mb_ms: 0, egress_bytes: 0 };

function used(window: string, limit: number, ...counts: [string, number][]) {
  const rows = counts.map(([window_start, invocations]) => ({
    ...ROW,
    window_start,
    invocations,
    extension_id: "e",
  }));
  return quotaUse({ scope: "tenant", kind: "invocations", window, limit }, rows, NOW);
}

test("only the present window counts, over all extensions", () => {
  const use = used("month", 100, ["2026-12-01", 30], ["2026-12-01", 20], ["2026-11-01", 90]);

  assert.deepEqual([use.used, use.level, use.words], [50, "ok", "50 % used"]);
});

test("a window ends with its day or month, over the end of a year too", () => {
  assert.equal(used("day", 1).resetsAt.toISOString(), "2027-01-01T00:00:00.000Z");
  assert.equal(used("month", 1).resetsAt.toISOString(), "2027-01-01T00:00:00.000Z");
});

test("from 80 % on it is near the limit, and says so in words", () => {
  assert.equal(used("day", 100, ["2026-12-31", 79]).level, "ok");
  assert.equal(used("day", 100, ["2026-12-31", 80]).words, "80 % used: near the limit");
});

test("a quota that is used up names the code calls are refused with", () => {
  const use = used("day", 10, ["2026-12-31", 10]);

  assert.equal(use.words, "Used up: calls are refused with QUOTA_EXCEEDED");
  assert.equal(used("day", 0).level, "full");
});

test("amounts are in the units people read", () => {
  assert.equal(quotaAmount("invocations", 1204), "1,204");
  assert.equal(quotaAmount("cpu_ms", 90_000), "1.5 min");
  assert.equal(quotaAmount("egress_bytes", 2_500_000), "2.5 MB");
});
