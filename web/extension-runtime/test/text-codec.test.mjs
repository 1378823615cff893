// Compares our codec with the one the platform has, over every class of valid and invalid input.
import assert from "node:assert/strict";
import { test } from "node:test";

import { isAscii, ofBinaryText, ofBinaryTextByUnits, toBinaryText, toBinaryTextByUnits } from "../src/binary-text.js";
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

// Pieces that are whole, broken off, overlong, surrogate or stray, so that a run of them is malformed everywhere.
const PIECES = ["", "a", "plain text of some length", "\x00", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbb\xbf",
  "\xc3", "\xe2\x82", "\xf0\x9f", "\xf0\x9f\x98", "\x80", "\xbf\xbf\xbf\xbf\xbf", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
  "\xf4\x90\x80\x80", "\xf5\x80", "\xff", "%C3%A4", "%"];

// The generator of mulberry32: the same bytes in every run.
function* numbers(seed) {
  for (let state = seed; ; ) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

function* malformedInputs() {
  const random = numbers(4);
  const below = (limit) => random.next().value % limit;
  for (let round = 0; round < 400; round += 1) {
    const most = round % 20 === 0 ? 20_000 : 40;
    const binary = Array.from({ length: below(most) }, () => PIECES[below(PIECES.length)]).join("");
    yield Uint8Array.from(binary, (unit) => unit.charCodeAt(0));
    yield Uint8Array.from({ length: below(most) }, () => below(256));
  }
}

test("random and malformed input decodes as the platform decodes it, in every mode and at every offset", () => {
  let offset = 0;
  for (const input of malformedInputs()) {
    offset = (offset + 1) % 5;
    const bytes = new Uint8Array(input.length + offset).subarray(offset);
    bytes.set(input);
    for (const ignoreBOM of [false, true]) {
      const told = () => `bytes ${input.subarray(0, 80)} of ${input.length}`;

      assert.ok(
        new ours.TextDecoder("utf-8", { ignoreBOM }).decode(bytes) ===
          new TextDecoder("utf-8", { ignoreBOM }).decode(bytes),
        told(),
      );
    }
    assert.equal(fatally(ours.TextDecoder, bytes), fatally(TextDecoder, bytes));
  }
});

test("a sequence that lies across the end of a block is decoded whole, and a broken one broken", () => {
  const around = 16_384;
  for (const piece of ["\xf0\x9f\x98\x80", "\xf0\x9f\x98", "\xe2\x82\xac", "\xbf\xbf\xbf\xbf\xbf\xbf\xbf", "\xc3\xa4"]) {
    for (let before = around - 8; before <= around + 1; before += 1) {
      const binary = "x".repeat(before) + piece + "y".repeat(around);
      const bytes = Uint8Array.from(binary, (unit) => unit.charCodeAt(0));

      assert.ok(new ours.TextDecoder().decode(bytes) === new TextDecoder().decode(bytes), `${before} ${piece}`);
      assert.equal(fatally(ours.TextDecoder, bytes), fatally(TextDecoder, bytes));
    }
  }
});

test("random texts with lone surrogates encode as the platform encodes them, across blocks too", () => {
  const random = numbers(5);
  const below = (limit) => random.next().value % limit;
  const points = ["a", "\u00e4", "\u20ac", "\ud83d\ude00", "\ud800", "\udc00", "\uffff", "%", "plain"];
  for (let round = 0; round < 200; round += 1) {
    const length = round % 10 === 0 ? 20_000 : below(30);
    const text = Array.from({ length }, () => points[below(points.length)]).join("");

    assert.deepEqual(new ours.TextEncoder().encode(text), new TextEncoder().encode(text));
  }
});

test("bytes and their binary text say the same by every way, and higher units are no bytes", () => {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, at) => (at * 7) & 0xff);

  assert.deepEqual(ofBinaryText(toBinaryText(bytes)), bytes);
  assert.equal(toBinaryTextByUnits(bytes), toBinaryText(bytes));
  assert.deepEqual(ofBinaryTextByUnits(toBinaryText(bytes)), bytes);
  assert.equal(ofBinaryText("a\u0100"), undefined);
  assert.equal(ofBinaryTextByUnits("a\u0100"), undefined);
});

test("one byte above 127 is seen wherever it is", () => {
  for (let length = 0; length < 100; length += 1) {
    for (let offset = 0; offset < 4; offset += 1) {
      const bytes = new Uint8Array(length + offset).subarray(offset);

      assert.ok(isAscii(bytes));
      for (let at = 0; at < length; at += 1) {
        bytes[at] = 0x80;
        assert.ok(!isAscii(bytes), `${at} of ${length} from ${offset}`);
        bytes[at] = 0x7f;
      }
    }
  }
});

test("a view into a buffer and a bare buffer decode alike", () => {
  const buffer = Uint8Array.from([0x78, 0x41, 0x42, 0x78]).buffer;

  assert.equal(new ours.TextDecoder().decode(new Uint8Array(buffer, 1, 2)), "AB");
  assert.equal(new ours.TextDecoder().decode(buffer), "xABx");
});

test("another encoding is refused", () => {
  assert.throws(() => new ours.TextDecoder("utf-16le"), RangeError);
});
