import assert from "node:assert/strict";
import { test } from "node:test";

import { queryParameter } from "../src/query.js";

const URLS = ["/hello", "/hello?", "/hello?name", "/hello?name=", "/hello?name=Ada", "/hello?name=a&name=b",
  "/hello?x=1&name=Ada+Lovelace", "/hello?name=%E2%82%AC", "/hello?name=%E2%82", "/hello?name=%zz%4",
  "/hello?name=a=b?c", "/hello?na%6De=Ada", "/hello?name=100%", "/hello?&&name=%00", "/hello?name=a#name=b"];

test("a parameter is read as the platform's URL reads it", () => {
  for (const url of URLS) {
    const expected = new URL(url, "http://localhost").searchParams.get("name") ?? undefined;

    assert.equal(queryParameter(url, "name"), expected, url);
  }
});
