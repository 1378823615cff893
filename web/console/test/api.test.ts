import assert from "node:assert/strict";
import { test } from "node:test";
import { KnownAnswers } from "../src/api/known-answers.ts";
import { problemOf } from "../src/api/problem.ts";
import { headerOf } from "../src/pages/sign-in/start-session.ts";

test("a problem document keeps its words, code, request and facts", async () => {
  const body = {
    code: "VERSION_ALREADY_EXISTS",
    message: "It is there.",
    request_id: "req_1",
    details: { same_content: true },
    type: "/errors/version-already-exists",
  };
  const error = await problemOf(new Response(JSON.stringify(body), { status: 409 }));

  assert.equal(error.message, "It is there.");
  assert.equal(error.code, "VERSION_ALREADY_EXISTS");
  assert.equal(error.requestId, "req_1");
  assert.deepEqual(error.details, { same_content: true });
  assert.equal(error.isUnreachable, false);
});

test("an answer that is no problem document is one of its status", async () => {
  const error = await problemOf(
    new Response("<html>", { status: 502, headers: { "x-request-id": "req_2" } }),
  );

  assert.equal(error.code, "HTTP_502");
  assert.equal(error.requestId, "req_2");
  assert.equal(error.isUnreachable, true);
});

test("a 304 stands for the answer that is known, and only a bounded number is known", async () => {
  const known = new KnownAnswers(1);
  const first = new Response('{"a":1}', { headers: { etag: '"1"' } });
  await known.settle("/a", first);

  assert.deepEqual(await (await known.settle("/a", new Response(null, { status: 304 }))).json(), { a: 1 });
  await known.settle("/b", new Response("{}", { headers: { etag: '"2"' } }));

  assert.equal(known.etagOf("/a"), null);
  assert.equal(known.etagOf("/b"), '"2"');
});

test("a key goes into its own header, a token into another, and nothing unsendable into either", () => {
  assert.deepEqual(headerOf("annex_1_2"), { "x-api-key": "annex_1_2" });
  assert.deepEqual(headerOf("eyJ.a.b"), { authorization: "Bearer eyJ.a.b" });
  assert.deepEqual(headerOf("bad\nkey"), { "x-api-key": "annex_" });
});
