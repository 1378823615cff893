import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { createMockHostBindings, type HostBindings, readJson } from "@annex/extension-runtime";

import { handler } from "../src/handler/main.ts";
import type { Note } from "../src/handler/notes.ts";

// With the manifest, the mocks refuse what it does not declare, as the platform does.
const manifest = JSON.parse(readFileSync(new URL("../manifest.json", import.meta.url), "utf8"));
const aHost = () => createMockHostBindings({ manifest });

function call(host: HostBindings, method: string, url: string, document?: unknown) {
  const body = document === undefined ? null : new TextEncoder().encode(JSON.stringify(document));
  return handler({ context: host.context.get(), http: { method, url, headers: [], body } }, host);
}

test("a note that was added is listed", async () => {
  const host = aHost();

  const added = await call(host, "POST", "/notes", { text: "  call the customer back " });
  const listed = await call(host, "GET", "/notes");

  assert.equal(added.status, 201);
  const { notes } = readJson(listed) as { notes: Note[] };
  assert.deepEqual(
    notes.map(({ text }) => text),
    ["call the customer back"],
  );
});

test("what is no note is refused, and nothing is kept", async () => {
  const host = aHost();

  const answers = [];
  for (const body of [{}, { text: " " }, { text: "x".repeat(501) }]) {
    answers.push(await call(host, "POST", "/notes", body));
  }

  assert.deepEqual(
    answers.map(({ status }) => status),
    [422, 422, 422],
  );
  assert.equal(host.storageV2.getUsage().keys, 0);
});

test("another address is not found", async () => {
  assert.equal((await call(aHost(), "GET", "/other")).status, 404);
});
