import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, pathInside } from "../src/open/open-path.ts";

const BASE = "/t/dev/extensions/acme/notes/open";

for (const path of ["/", "/notes/7", "/notes/a%2Fb?x=1&y=2", "/?tab=2"]) {
  test(`the path ${path} comes back from the address it is written into`, () => {
    const url = new URL(addressOf(BASE, path), "http://console.test");

    assert.equal(pathInside(BASE, url.pathname, url.search), path);
  });
}
