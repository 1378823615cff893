import assert from "node:assert/strict";
import { test } from "node:test";

import { createTestHost } from "@annex/iframe-sdk/testing";
import { renderToStaticMarkup } from "react-dom/server";

import { Details } from "../src/ui/details.tsx";

test("the page greets the person it was opened for", async () => {
  const { host } = await createTestHost({ context: { user: { id: "u1", name: "Ada" }, locale: "de-DE" } });

  const page = renderToStaticMarkup(<Details context={host.context} />);
  host.disconnect();

  assert.match(page, /Hello, Ada/);
  assert.match(page, /de-DE/);
});

test("a person without a name is greeted too", async () => {
  const { host } = await createTestHost();

  const page = renderToStaticMarkup(<Details context={{ ...host.context, user: { id: "u1" } }} />);
  host.disconnect();

  assert.match(page, /Hello, whoever you are/);
});
