import assert from "node:assert/strict";
import { test } from "node:test";

import { createMockHostBindings, readJson } from "@annex/extension-runtime";
import type { Host } from "@annex/iframe-sdk";
import { createTestHost, type TestRequest } from "@annex/iframe-sdk/testing";
import { renderToStaticMarkup } from "react-dom/server";

import { handler } from "../src/handler/main.ts";
import { DigestState } from "../src/ui/digest-state.tsx";
import type { Routes } from "../src/ui/routes.ts";
import { SummaryList } from "../src/ui/summary-list.tsx";

const TICKET = { id: "T-1", subject: "Printer", messages: [{ author: "Ada", text: "It is on fire." }] };

/** The page's host, whose API is the real handler over a mocked platform. */
async function aHost(status = 200) {
  const bindings = createMockHostBindings({
    secrets: { SUMMARY_API_KEY: { value: "k", hosts: ["api.summaries.example"] } },
    endpoints: [{ method: "POST", path: "/digest" }],
    fetch: () => ({ status, json: { summary: "The printer burns." } }),
  });
  const answer = async ({ method, path, body }: TestRequest) => {
    const bytes = body === undefined ? null : new TextEncoder().encode(JSON.stringify(body));
    const said = await handler(
      { context: bindings.context.get(), http: { method, url: path, headers: [], body: bytes } },
      bindings,
    );
    return { status: said.status, json: readJson(said) };
  };
  const routes = { "GET /summaries": answer, "POST /summaries": answer, "GET /setup": answer };
  const { host } = await createTestHost({ routes });
  return host;
}

test("what the page has summarised is what it lists", async () => {
  const host = await aHost();
  const { api } = host as unknown as Host<Routes>;

  await api.post("/summaries", { json: TICKET });
  const { data } = await api.get("/summaries");
  const setup = await api.get("/setup");
  host.disconnect();

  assert.match(renderToStaticMarkup(<SummaryList summaries={data.summaries} />), /The printer burns/);
  assert.match(renderToStaticMarkup(<DigestState setup={setup.data} />), /0 3 \* \* \*/);
});

test("a service that is away is told of in its own sentence", async () => {
  const host = await aHost(503);

  const refused = await host.api.post("/summaries", { json: TICKET }).catch((error: unknown) => error);
  host.disconnect();

  assert.match((refused as Error).message, /answered 503/);
});
