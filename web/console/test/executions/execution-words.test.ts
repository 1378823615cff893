import assert from "node:assert/strict";
import { test } from "node:test";
import type { Execution } from "../../src/executions/execution.ts";
import { failureSentence, limitSentence, statusText } from "../../src/executions/execution-words.ts";

const an = (changes: Partial<Execution>) =>
  ({ status: "ok", code: null, policy: null, limit: null, ...changes }) as Execution;

test("a status is told by code and word", () => {
  assert.equal(statusText({ status: "error", http_status: 502 }), "502 Failed");
  assert.equal(statusText({ status: "started", http_status: null }), "Running");
});

test("the limit that was hit is named with its figure", () => {
  const limit = (kind: string, value: number | null) => limitSentence({ limit: { kind, value } });

  assert.equal(limit("memory_bytes", 268_435_456), "It hit the memory limit of 268 MB.");
  assert.equal(limit("wall_ms", 5_000), "It hit the time limit of 5 s.");
  assert.equal(limit("host_calls", 5_000), "It hit the limit of host calls of 5,000.");
  assert.equal(limit("something_new", 3), "It hit the limit something_new of 3.");
  assert.equal(limit("fuel", null), "It hit the instruction limit.");
  assert.equal(limitSentence({ limit: null }), null);
});

test("whose fault it was is said", () => {
  assert.equal(failureSentence(an({ status: "ok" })), null);
  assert.equal(
    failureSentence(an({ status: "error", http_status: 500 })),
    "The extension itself answered 500.",
  );
  assert.equal(
    failureSentence(an({ status: "error", code: "CANCELLED" })),
    "Its caller left before the end.",
  );
  assert.equal(
    failureSentence(an({ status: "policy_denied", policy: "install" })),
    "A policy of the gateway refused it: install. Nothing ran.",
  );
  assert.equal(failureSentence(an({ status: "upstream_error" })), "The platform failed, not the extension.");
});
