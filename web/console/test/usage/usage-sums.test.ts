import assert from "node:assert/strict";
import { test } from "node:test";
import { byDay, byExtension, lastDays, type UsageRow } from "../../src/usage/usage-sums.ts";

const row = (window_start: string, extension_id: string, invocations: number, cpu_ms = 0): UsageRow => ({
  window_start,
  extension_id,
  invocations,
  cpu_ms,
  mem_mb_ms: 0,
  egress_bytes: 0,
});
const ROWS = [row("2026-05-04", "a", 3, 10), row("2026-05-04", "b", 1, 90), row("2026-05-02", "a", 2)];

test("the days shown end with today, in UTC", () => {
  assert.deepEqual(lastDays(Date.parse("2026-03-01T23:59:59Z"), 3), [
    "2026-02-27",
    "2026-02-28",
    "2026-03-01",
  ]);
});

test("a day on which nothing ran is shown as nothing", () => {
  assert.deepEqual(byDay(ROWS, "invocations", ["2026-05-02", "2026-05-03", "2026-05-04"]), [
    { day: "2026-05-02", amount: 2 },
    { day: "2026-05-03", amount: 0 },
    { day: "2026-05-04", amount: 4 },
  ]);
});

test("extensions come by what they used of the measure, with their share", () => {
  const order = (measure: "invocations" | "cpu_ms") =>
    byExtension(ROWS, measure).map(({ extensionId, share }) => [extensionId, share]);

  assert.deepEqual(order("invocations"), [
    ["a", 5 / 6],
    ["b", 1 / 6],
  ]);
  assert.deepEqual(order("cpu_ms"), [
    ["b", 0.9],
    ["a", 0.1],
  ]);
});

test("where nothing was used nobody has a share", () => {
  assert.deepEqual(
    byExtension(ROWS, "egress_bytes").map(({ share }) => share),
    [0, 0],
  );
});
