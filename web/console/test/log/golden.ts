/** The log's test vectors, which the Python side is held to as well. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Bytes } from "../../src/log/bytes.ts";

const golden = new URL("../../../../tests/golden/transparency/", import.meta.url);

export function goldenBytes(name: string): Bytes {
  return new Uint8Array(readFileSync(fileURLToPath(new URL(name, golden))));
}

export function goldenText(name: string): string {
  return new TextDecoder().decode(goldenBytes(name));
}

export function goldenJson<Shape>(name: string): Shape {
  return JSON.parse(goldenText(name)) as Shape;
}

export function fromHex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
