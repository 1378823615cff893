import assert from "node:assert/strict";
import { test } from "node:test";
import { AnnexError } from "../src/index.ts";
import { createTestHost } from "../src/testing/index.ts";

test("a page calls its extension's API and sees status, headers, data and request id", async () => {
  const { host, calls, violations } = await createTestHost({
    routes: { "GET /notes/:id": ({ params }: { params: { id?: string } }) => ({ id: params.id }) },
  });

  const answer = await host.api.get<{ id: string }>("/notes/7?full=1");

  assert.deepEqual(answer.data, { id: "7" });
  assert.equal(answer.status, 200);
  assert.equal(answer.requestId, "req-test");
  assert.equal(calls.last()?.search, "full=1");
  assert.deepEqual(violations, []);
  host.disconnect();
});

test("what a page sends reaches the API as JSON with the idempotency key", async () => {
  const { host, calls } = await createTestHost({
    routes: { "POST /notes": { status: 201, json: { id: 1 } } },
  });

  const answer = await host.api.post("/notes", { json: { text: "ä" }, idempotencyKey: "k1" });

  assert.equal(answer.status, 201);
  assert.deepEqual(calls.last()?.body, { text: "ä" });
  assert.equal(calls.last()?.headers["idempotency-key"], "k1");
  host.disconnect();
});

test("a failing route rejects with the code, until it recovers", async () => {
  const { host } = await createTestHost({ routes: { "GET /notes": [] } });
  host.fail("GET /notes", "RATE_LIMITED");

  await assert.rejects(host.api.get("/notes"), (error: unknown) => {
    assert.ok(error instanceof AnnexError);
    assert.equal(error.code, "RATE_LIMITED");
    assert.equal(error.status, 429);
    assert.equal(error.retryable, true);
    assert.equal(error.requestId, "req-test");
    return true;
  });

  host.recover();
  assert.deepEqual((await host.api.get("/notes")).data, []);
  host.disconnect();
});

test("no promise is left pending when the host goes away mid-call", async () => {
  const { host } = await createTestHost({ routes: { "GET /slow": () => new Promise(() => undefined) } });
  const waiting = [host.api.get("/slow"), host.api.get("/slow")];
  const heard = new Promise((resolve) => host.on("disconnect", resolve));

  host.disconnect();

  for (const { status, reason } of (await Promise.allSettled(waiting)) as PromiseRejectedResult[]) {
    assert.equal(status, "rejected");
    assert.equal(reason.code, "DISCONNECTED");
  }
  assert.ok(await heard);
  await assert.rejects(host.token(), { code: "DISCONNECTED" });
});

test("a long answer arrives whole, in pieces", async () => {
  const text = "x".repeat(300_000);
  const { host } = await createTestHost({ routes: { "GET /long": { text } } });

  const answer = await host.api.get<{ text: string }>("/long");

  assert.equal(answer.data.text.length, text.length);
  host.disconnect();
});
