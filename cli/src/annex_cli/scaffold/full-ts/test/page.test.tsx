import assert from "node:assert/strict";
import { test } from "node:test";

import { createMockHostBindings, readJson } from "@annex/extension-runtime";
import type { Host } from "@annex/iframe-sdk";
import { createTestHost, type TestRequest } from "@annex/iframe-sdk/testing";
import { renderToStaticMarkup } from "react-dom/server";

import { handler } from "../src/handler/main.ts";
import { NoteList } from "../src/ui/note-list.tsx";
import type { Routes } from "../src/ui/routes.ts";

/** The page's host, whose API is the real handler over a mocked platform: what they say to each other is tested. */
async function aHost() {
  const bindings = createMockHostBindings();
  const answer = async ({ method, path, body }: TestRequest) => {
    const bytes = body === undefined ? null : new TextEncoder().encode(JSON.stringify(body));
    const said = await handler(
      { context: bindings.context.get(), http: { method, url: path, headers: [], body: bytes } },
      bindings,
    );
    return { status: said.status, json: readJson(said) };
  };
  return createTestHost({ routes: { "GET /notes": answer, "POST /notes": answer } });
}

test("a note that the page adds is one that it lists", async () => {
  const { host, violations } = await aHost();
  const { api } = host as unknown as Host<Routes>;

  await api.post("/notes", { json: { text: "call back" } });
  const { data } = await api.get("/notes");
  host.disconnect();

  assert.match(renderToStaticMarkup(<NoteList notes={data.notes} />), /call back/);
  assert.deepEqual(violations, []);
});

test("what the handler refuses is an error with its sentence and status", async () => {
  const { host } = await aHost();

  const refused = await host.api.post("/notes", { json: { text: " " } }).catch((error: unknown) => error);
  host.disconnect();

  assert.equal((refused as { status: number }).status, 422);
});

test("without notes the page says so", () => {
  assert.match(renderToStaticMarkup(<NoteList notes={[]} />), /no notes yet/);
});
