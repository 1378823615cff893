import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chipsOf,
  executionQuery,
  FILTERS,
  type FilterValues,
  milliseconds,
  nothingFits,
} from "../../src/executions/execution-filters.ts";

const NOW = Date.parse("2026-05-04T12:00:00Z");

function values(set: Partial<FilterValues> = {}): FilterValues {
  const none = Object.fromEntries(FILTERS.map((name) => [name, ""]));
  return { ...none, ...set } as FilterValues;
}

test("without filters it is the last hour", () => {
  assert.deepEqual(executionQuery(values(), NOW), { since: "2026-05-04T11:00:00.000Z" });
});

test("every filter becomes one of the gateway's", () => {
  const query = executionQuery(
    values({
      range: "24h",
      class: "5xx",
      status: "error",
      code: "GUEST_TRAP",
      endpoint: "/notes/:id",
      slower: "1.5s",
      request: "req_1",
      caller: "p-1",
      trigger: "schedule",
      extension: "acme.notes",
    }),
    NOW,
  );

  assert.deepEqual(query, {
    since: "2026-05-03T12:00:00.000Z",
    http_class: "5xx",
    status: "error",
    code: "GUEST_TRAP",
    endpoint: "/notes/:id",
    min_duration_ms: 1500,
    request_id: "req_1",
    principal_id: "p-1",
    trigger: "schedule",
    extension: "acme.notes",
  });
});

test("what an address says that cannot be is left out, and has no chip", () => {
  const typed = values({
    range: "constructor",
    class: "9xx",
    status: "fine",
    slower: "soon",
    trigger: "moon",
  });

  assert.deepEqual(executionQuery(typed, NOW), { since: "2026-05-04T11:00:00.000Z" });
  assert.deepEqual(chipsOf(typed), []);
});

test("an empty list names the filters that made it so", () => {
  assert.equal(
    nothingFits(values({ class: "5xx", endpoint: "/notes" })),
    "No executions match status 5xx and endpoint /notes.",
  );
});

for (const [text, expected] of [
  ["500", 500],
  ["500ms", 500],
  ["2 s", 2000],
  ["1.25s", 1250],
  ["0", 0],
  ["-1", null],
  ["1e9", null],
  ["", null],
  ["1 min", null],
] as const) {
  test(`a duration of "${text}" is ${expected}`, () => {
    assert.equal(milliseconds(text), expected);
  });
}
