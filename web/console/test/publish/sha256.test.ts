import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { hashFile } from "../../src/publish/hash-file.ts";
import { Sha256 } from "../../src/publish/sha256.ts";

const bytes = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 131 + (at >> 7)) & 255);
const known = (message: Uint8Array) => createHash("sha256").update(message).digest("hex");

test("messages of every length around the block's are hashed as by everybody else", () => {
  for (let length = 0; length < 200; length += 1) {
    const hash = new Sha256();
    hash.update(bytes(length));

    assert.equal(hash.hex(), known(bytes(length)), `length ${length}`);
  }
});

test("how a message is cut makes no difference", () => {
  const message = bytes(10_000);
  for (const cut of [1, 7, 63, 64, 65, 1000]) {
    const hash = new Sha256();
    for (let at = 0; at < message.length; at += cut) hash.update(message.subarray(at, at + cut));

    assert.equal(hash.hex(), known(message), `cut ${cut}`);
  }
});

test("a file is hashed in parts that say how far they are", async () => {
  const message = bytes(2_500_000);
  const seen: number[] = [];

  const hash = await hashFile(new Blob([message]), (done) => seen.push(done), new AbortController().signal);

  assert.equal(hash, `sha256:${known(message)}`);
  assert.deepEqual(seen, [1_048_576, 2_097_152, 2_500_000]);
});
