import assert from "node:assert/strict";
import { test } from "node:test";
import { EXTENSION_PAGES, PLAIN_PAGES, TENANT_PAGES } from "../../src/routes.tsx";

test("every page of a tenant names the permission it takes, so that who lacks it is told which", () => {
  const without = [...TENANT_PAGES, ...EXTENSION_PAGES].filter(({ permission }) => permission === undefined);

  assert.deepEqual(without, []);
});

test("only the page that approves a device takes no more than a session", () => {
  assert.deepEqual(
    PLAIN_PAGES.map(({ path }) => path),
    ["device"],
  );
});
