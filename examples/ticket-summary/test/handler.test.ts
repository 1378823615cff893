import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { createMockHostBindings, type MockOptions, readJson } from "@annex/extension-runtime";

import { handler } from "../src/handler/main.ts";

const manifest = JSON.parse(readFileSync(new URL("../manifest.json", import.meta.url), "utf8"));
const TICKET = { id: "T-17", subject: "Printer", messages: [{ author: "Ada", text: "It is on fire." }] };
const KEY = { value: "the-key", hosts: ["api.summaries.example"] };
interface Said {
  summary?: string;
  summaries?: unknown[];
  code?: string;
  summarised?: string[];
  failed?: string[];
  digest?: { cron: string };
}
const sent: { url: string; key: string | undefined; body: unknown }[] = [];

function aHost(options: MockOptions = {}) {
  sent.length = 0;
  return createMockHostBindings({
    manifest,
    secrets: { SUMMARY_API_KEY: KEY },
    fetch: (request) => {
      const key = request.headers.find(({ name }) => name === "authorization")?.value;
      sent.push({ url: request.url, key, body: readJson(request) });
      return { json: { summary: "The printer burns." } };
    },
    ...options,
  });
}

async function call(host: ReturnType<typeof aHost>, method: string, url: string, document?: unknown) {
  const body = document === undefined ? null : new TextEncoder().encode(JSON.stringify(document));
  const answer = await handler({ context: host.context.get(), http: { method, url, headers: [], body } }, host);
  return { status: answer.status, document: readJson(answer) as Said };
}

test("a ticket is summarised by the service, kept, counted and told of", async () => {
  const host = aHost({ config: { sentences: "2", language: "de" } });

  const made = await call(host, "POST", "/summaries", TICKET);
  const listed = await call(host, "GET", "/summaries");
  const one = await call(host, "GET", "/summaries/T-17");

  assert.equal(made.status, 201);
  assert.equal(one.document.summary, "The printer burns.");
  assert.deepEqual(listed.document.summaries, [one.document]);
  assert.equal(sent[0]?.key, "Bearer the-key");
  assert.deepEqual(sent[0]?.body, { subject: "Printer", messages: TICKET.messages, sentences: 2, language: "de" });
  assert.deepEqual(host.mock.emitted[0]?.payload, { ticket: "T-17", subject: "Printer" });
  assert.equal(host.mock.metrics[0]?.name, "summaries_written");
});

test("the key is not in what the handler wrote", async () => {
  const host = aHost();

  await call(host, "POST", "/summaries", TICKET);

  assert.match(JSON.stringify(host.mock.requests), /\{\{secret:SUMMARY_API_KEY\}\}/);
  assert.doesNotMatch(JSON.stringify([host.mock.requests, host.mock.logs]), /the-key/);
});

test("the same ticket is not sent twice, a changed one is", async () => {
  const host = aHost();

  const statuses = [];
  for (const subject of ["Printer", "Printer", "Printer again"]) {
    statuses.push((await call(host, "POST", "/summaries", { ...TICKET, subject })).status);
  }

  assert.deepEqual(statuses, [201, 200, 201]);
  assert.equal(sent.length, 2);
});

for (const [what, options, code] of [
  ["no key for the host", { secrets: {} }, "SERVICE_NOT_REACHED"],
  ["a service that refuses", { fetch: () => ({ status: 401 }) }, "SERVICE_REFUSED"],
  ["an answer that is none", { fetch: () => ({ body: "<html>" }) }, "SERVICE_ANSWER_WRONG"],
] as [string, MockOptions, string][]) {
  test(`${what} is 502 with a code, and nothing is kept`, async () => {
    const host = aHost(options);

    const answer = await call(host, "POST", "/summaries", TICKET);

    assert.deepEqual([answer.status, answer.document.code], [502, code]);
    assert.equal(host.storageV2.getUsage().keys, 0);
  });
}

test("what is no ticket is refused before anybody is asked", async () => {
  const host = aHost();

  for (const document of [null, {}, { ...TICKET, id: "../x" }, { ...TICKET, messages: [] }, { ...TICKET, subject: "" }]) {
    assert.equal((await call(host, "POST", "/summaries", document)).status, 422);
  }
  assert.equal(sent.length, 0);
});

test("a closed ticket waits for the digest, once however often it is told of", async () => {
  const host = aHost();
  const topic = "/annex/events/extension.event.annex-demo.helpdesk.ticket.closed";

  await call(host, "POST", topic, { data: { payload: TICKET } });
  await call(host, "POST", topic, { data: { payload: TICKET } });
  await call(host, "POST", topic, { data: { payload: { id: "?" } } });
  const first = await call(host, "POST", "/digest", {});
  const second = await call(host, "POST", "/digest", {});

  assert.deepEqual(first.document.summarised, ["T-17"]);
  assert.deepEqual(second.document.summarised, []);
  assert.equal(sent.length, 1);
});

test("a ticket that could not be summarised waits for the next digest", async () => {
  let isUp = false;
  const host = aHost({ fetch: () => (isUp ? { json: { summary: "Done." } } : { status: 503 }) });
  await call(host, "POST", "/annex/events/extension.event.annex-demo.helpdesk.ticket.closed", { data: { payload: TICKET } });

  const failed = await call(host, "POST", "/digest", {});
  isUp = true;
  const done = await call(host, "POST", "/digest", {});

  assert.deepEqual(failed.document.failed, ["T-17"]);
  assert.deepEqual(done.document.summarised, ["T-17"]);
});

test("the digest is scheduled when the install changes, and follows the configuration", async () => {
  const config: Record<string, string> = {};
  const host = aHost({ config });

  await call(host, "POST", "/annex/events/install.changed", {});
  const first = await call(host, "GET", "/setup");
  config["digest_cron"] = "30 6 * * *";
  await call(host, "POST", "/annex/events/install.changed", {});
  const second = await call(host, "GET", "/setup");

  assert.equal(first.document.digest?.cron, "0 3 * * *");
  assert.equal(second.document.digest?.cron, "30 6 * * *");
  assert.equal(host.scheduler.listSchedules().length, 1);
});
