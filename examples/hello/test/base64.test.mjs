import assert from "node:assert/strict";
import { test } from "node:test";

import { toBase64 } from "../src/base64.js";

test("bytes of every length modulo three are written as the platform writes them", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
  for (const length of [0, 1, 2, 3, 4, 5, 255, 256]) {
    const part = bytes.slice(256 - length);

    assert.equal(toBase64(part), Buffer.from(part).toString("base64"));
  }
});

test("more bytes than one piece holds are written without a seam", () => {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, at) => (at * 31) & 0xff);

  assert.equal(toBase64(bytes), Buffer.from(bytes).toString("base64"));
});
