import assert from "node:assert/strict";
import { test } from "node:test";
import { timeOfRow } from "../../src/live-debug/row-time.tsx";
import { timeOfDay } from "../../src/shell/time-of-day.ts";
import { zoneName } from "../../src/shell/zone-name.ts";

const AT = "2026-11-18T09:12:03.042Z";

test("times of lines and banners are in the zone that was chosen, and the zone is named", () => {
  assert.equal(timeOfRow(AT, "utc"), "09:12:03.042");
  assert.equal(timeOfDay(new Date(AT), "utc"), "09:12:03 UTC");
  assert.equal(zoneName("utc", new Date(AT)), "UTC");
  assert.notEqual(zoneName("local", new Date(AT)), "");
  assert.ok(timeOfDay(new Date(AT), "local").endsWith(zoneName("local", new Date(AT))));
});

test("a time that is none is a dash", () => {
  assert.equal(timeOfRow("soon", "utc"), "–");
});
