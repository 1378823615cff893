// Compares our codec with the one the platform has, over every class of valid and invalid input.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as ours from "../src/text-codec.js";

const EDGES = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
  0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff];

function* sequences(length) {
  if (length === 0) {
    yield [];
    return;
  }
  for (const head of EDGES) {
    for (const tail of sequences(length - 1)) {
      yield [head, ...tail];
    }
  }
}

function fatally(Decoder, bytes) {
  try {
    return new Decoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return undefined;
  }
}

test("every sequence of up to three edge bytes decodes as the platform decodes it", () => {
  for (const length of [0, 1, 2, 3]) {
    for (const sequence of sequences(length)) {
      const bytes = Uint8Array.from(sequence);

      assert.equal(new ours.TextDecoder().decode(bytes), new TextDecoder().decode(bytes), `bytes ${sequence}`);
      assert.equal(fatally(ours.TextDecoder, bytes), fatally(TextDecoder, bytes), `bytes ${sequence}`);
    }
  }
});

test("four-byte sequences decode as the platform decodes them", () => {
  for (const lead of [0xf0, 0xf1, 0xf4, 0xf5]) {
    for (const tail of sequences(3)) {
      const bytes = Uint8Array.from([lead, ...tail]);

      assert.equal(new ours.TextDecoder().decode(bytes), new TextDecoder().decode(bytes), `bytes ${bytes}`);
    }
  }
});

test("every code point, lone surrogates included, encodes as the platform encodes it", () => {
  for (let point = 0; point <= 0x10ffff; point += point < 0x3000 ? 1 : 97) {
    const text = String.fromCodePoint(point);

    assert.deepEqual(new ours.TextEncoder().encode(text), new TextEncoder().encode(text), `U+${point.toString(16)}`);
  }
});

test("surrogates out of order become one replacement each", () => {
  for (const text of ["\ud800", "\udc00", "\udc00\ud800", "a\ud83d", "\ud83d\ude00\ud83d", "\ud800\ud800\udc00"]) {
    assert.deepEqual(new ours.TextEncoder().encode(text), new TextEncoder().encode(text));
  }
});

test("a byte order mark is dropped once, unless it is asked for", () => {
  const bytes = Uint8Array.from([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 0x41]);

  assert.equal(new ours.TextDecoder().decode(bytes), new TextDecoder().decode(bytes));
  assert.equal(new ours.TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), "\ufeff\ufeffA");
});

test("a text longer than one piece survives the round trip", () => {
  const text = "aé€😀".repeat(5000);

  assert.equal(new ours.TextDecoder().decode(new ours.TextEncoder().encode(text)), text);
});

test("a view into a buffer and a bare buffer decode alike", () => {
  const buffer = Uint8Array.from([0x78, 0x41, 0x42, 0x78]).buffer;

  assert.equal(new ours.TextDecoder().decode(new Uint8Array(buffer, 1, 2)), "AB");
  assert.equal(new ours.TextDecoder().decode(buffer), "xABx");
});

test("another encoding is refused", () => {
  assert.throws(() => new ours.TextDecoder("utf-16le"), RangeError);
});
