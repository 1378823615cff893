import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "../../src/extensions/extension-state.ts";
import type { InstallView } from "../../src/installs/types.ts";
import { problemsOf } from "../../src/problems/problems.ts";

const install = (name: string, changes: Partial<InstallView> = {}) =>
  ({
    extension: `acme/${name}`,
    extension_id: name,
    is_enabled: true,
    undecided: [],
    ...changes,
  }) as unknown as InstallView;
const failing = (name: string, changes: Partial<Activity> = {}): Activity => ({
  extension_id: name,
  failures: 2,
  runs: 3,
  last_started_at: "2026-05-04T12:00:00Z",
  last_status: "error",
  last_failed: true,
  ...changes,
});
const texts = (...given: Parameters<typeof problemsOf>) => problemsOf(...given).map(({ text }) => text);

test("without problems there are none", () => {
  assert.deepEqual(problemsOf([install("a")], [failing("a", { failures: 0, last_failed: false })], []), []);
});

test("a failing extension is named with how often it failed", () => {
  assert.deepEqual(texts([install("a")], [failing("a")], []), ["acme/a is failing: 2 of 3 runs in 24 hours"]);
});

test("what works again or is switched off is not failing", () => {
  assert.deepEqual(texts([install("a")], [failing("a", { runs: 9, last_failed: false })], []), []);
  assert.deepEqual(texts([install("a", { is_enabled: false })], [failing("a")], []), []);
});

test("a fault of the platform as the last run is no failure of the extension", () => {
  const last = { failures: 0, last_status: "upstream_error", last_failed: false } as const;

  assert.deepEqual(texts([install("a")], [failing("a", last)], []), []);
});

test("rights that nobody decided on and quotas that are near are named", () => {
  const quotas = [{ name: "Calls per day", words: "91 % used: near the limit" }];

  assert.deepEqual(texts([install("a", { undecided: ["cap:x"] })], [], quotas), [
    "acme/a waits for your consent to 1 right",
    "Calls per day: 91 % used: near the limit",
  ]);
});

test("of many, three are shown, and every kind has its place", () => {
  const many = ["a", "b", "c", "d"].map((name) => install(name, { undecided: ["cap:x"] }));
  const quotas = [{ name: "Calls per day", words: "used up" }];

  const kinds = problemsOf(
    many,
    many.map(({ extension_id }) => failing(extension_id)),
    quotas,
  ).map(({ kind }) => kind);

  assert.deepEqual(kinds, ["failing", "consent", "quota"]);
});
