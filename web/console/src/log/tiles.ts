/** Tiles (c2sp.org/tlog-tiles): where a hash or an entry is kept, and how it is read out of there. */

import { type Bytes, concatenated } from "./bytes.ts";
import { LogBroken } from "./log-broken.ts";
import { nodeHash } from "./merkle.ts";
import type { Subtree } from "./tree-shape.ts";

export const TILE_WIDTH = 256;
const HEIGHT = 8;
const HASH_SIZE = 32;

export interface Tile {
  /** A level of hashes, or the entries themselves. */
  readonly level: number | "entries";
  readonly index: number;
  readonly width: number;
}

export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.{3}/g) ?? [];
  const place = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join("/");
  return `tile/${level}/${place}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/** The tile of the tree of `size` that a complete subtree's hash is read from. */
export function tileHolding({ height, index }: Subtree, size: number): Tile {
  const level = Math.floor(height / HEIGHT);
  const place = Math.floor((index * 2 ** (height % HEIGHT)) / TILE_WIDTH);
  const there = Math.floor(size / TILE_WIDTH ** level) - place * TILE_WIDTH;
  return { level, index: place, width: Math.min(TILE_WIDTH, there) };
}

export function entriesTileHolding(leaf: number, size: number): Tile {
  const index = Math.floor(leaf / TILE_WIDTH);
  return { level: "entries", index, width: Math.min(TILE_WIDTH, size - index * TILE_WIDTH) };
}

/** Hashes a complete subtree out of its tile's bytes. */
export async function hashIn(bytes: Bytes, { height, index }: Subtree, { width }: Tile): Promise<Bytes> {
  if (bytes.length !== width * HASH_SIZE) throw new LogBroken("A tile of the log has another size.");
  const count = 2 ** (height % HEIGHT);
  const first = (index * count) % TILE_WIDTH;
  let row = Array.from({ length: count }, (_, at) =>
    bytes.slice((first + at) * HASH_SIZE, (first + at + 1) * HASH_SIZE),
  );
  while (row.length > 1) row = await Promise.all(pairs(row).map(([left, right]) => nodeHash(left, right)));
  return row[0] ?? concatenated();
}

/** Cuts one entry out of an entries tile: each stands behind its length in two bytes. */
export function entryIn(bytes: Bytes, leaf: number): Bytes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let place = 0; at + 2 <= bytes.length; place += 1) {
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) break;
    if (place === leaf % TILE_WIDTH) return bytes.slice(at + 2, end);
    at = end;
  }
  throw new LogBroken("A tile of the log does not hold the entry.");
}

function pairs(row: readonly Bytes[]): [Bytes, Bytes][] {
  return row.flatMap((left, at): [Bytes, Bytes][] => {
    const right = row[at + 1];
    return at % 2 === 0 && right !== undefined ? [[left, right]] : [];
  });
}
