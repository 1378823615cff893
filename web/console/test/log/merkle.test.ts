import assert from "node:assert/strict";
import { test } from "node:test";
import { concatenated, toHex } from "../../src/log/bytes.ts";
import { LogBroken } from "../../src/log/log-broken.ts";
import { joined, leafHash, rootOf, verifyConsistency, verifyInclusion } from "../../src/log/merkle.ts";
import { hashIn, tileHolding, tilePath } from "../../src/log/tiles.ts";
import { completeSubtrees, pathToLeaf } from "../../src/log/tree-shape.ts";
import { fromHex, goldenJson } from "./golden.ts";

interface Rfc6962 {
  entries: string[];
  leaf_hashes: string[];
  roots_by_size: string[];
  inclusion: { index: number; size: number; proof: string[] }[];
  consistency: { old_size: number; size: number; proof: string[] }[];
}

const vectors = goldenJson<Rfc6962>("rfc6962.json");
const tree = (size: number) => ({ size, root: fromHex(vectors.roots_by_size[size] ?? "") });

test("a leaf's hash is that of the test vectors", async () => {
  const hashes = await Promise.all(vectors.entries.map((entry) => leafHash(fromHex(entry))));

  assert.deepEqual(hashes.map(toHex), vectors.leaf_hashes);
});

test("all leaves together make the root, of every size", async () => {
  const leaves = vectors.leaf_hashes.map(fromHex);
  for (const [size, root] of vectors.roots_by_size.entries()) {
    assert.equal(toHex(await rootOf(leaves.slice(0, size))), root);
  }
});

test("every inclusion proof of the test vectors holds", async () => {
  for (const { index, size, proof } of vectors.inclusion) {
    const leaf = fromHex(vectors.leaf_hashes[index] ?? "");
    await verifyInclusion(index, leaf, proof.map(fromHex), tree(size));
  }
});

test("a proof with one bit changed, for another leaf or of another length does not hold", async () => {
  const { index, size, proof } = vectors.inclusion[1] ?? assert.fail();
  const leaf = fromHex(vectors.leaf_hashes[index] ?? "");
  const hashes = proof.map(fromHex);
  const bent = hashes.map((hash, at) =>
    at === 1 ? hash.map((byte, place) => (place ? byte : byte ^ 1)) : hash,
  );

  await assert.rejects(verifyInclusion(index, leaf, bent, tree(size)), LogBroken);
  await assert.rejects(verifyInclusion(index + 1, leaf, hashes, tree(size)), LogBroken);
  await assert.rejects(verifyInclusion(index, leaf, hashes.slice(1), tree(size)), LogBroken);
  await assert.rejects(verifyInclusion(size, leaf, hashes, tree(size)), LogBroken);
});

test("every consistency proof of the test vectors holds, and none for another older tree", async () => {
  for (const { old_size, size, proof } of vectors.consistency) {
    await verifyConsistency(tree(old_size), tree(size), proof.map(fromHex));
    const other = { size: old_size, root: fromHex(vectors.leaf_hashes[7] ?? "") };
    await assert.rejects(verifyConsistency(other, tree(size), proof.map(fromHex)), LogBroken);
  }
});

test("a tree is not consistent with a longer one", async () => {
  await assert.rejects(verifyConsistency(tree(8), tree(6), []), LogBroken);
});

test("hashes are found in the tiles of a tree of 600 leaves", async () => {
  const size = 600;
  const boundary = goldenJson<{ roots_by_size: Record<string, string> }>("boundary.json");
  const leaves = await Promise.all(
    Array.from({ length: size }, (_, at) => leafHash(new TextEncoder().encode(`entry-${at}`))),
  );
  const tiles = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const first of [0, 256, 512]) {
    const hashes = leaves.slice(first, first + 256);
    tiles.set(tilePath({ level: 0, index: first / 256, width: hashes.length }), concatenated(...hashes));
  }
  const halves = [leaves.slice(0, 256), leaves.slice(256, 512)];
  tiles.set("tile/1/000.p/2", concatenated(...(await Promise.all(halves.map(rootOf)))));
  const read = (subtree: { height: number; index: number }) => {
    const tile = tileHolding(subtree, size);
    return hashIn(tiles.get(tilePath(tile)) ?? assert.fail(tilePath(tile)), subtree, tile);
  };

  const root = await joined(await Promise.all(completeSubtrees(0, size).map(read)));
  const proof = await Promise.all(
    pathToLeaf(300, size).map(async ({ start, end }) =>
      joined(await Promise.all(completeSubtrees(start, end).map(read))),
    ),
  );

  assert.equal(toHex(root), boundary.roots_by_size["600"]);
  await verifyInclusion(300, leaves[300] ?? assert.fail(), proof, { size, root });
});

test("a tile's place is written in groups of three digits", () => {
  assert.equal(tilePath({ level: 0, index: 1234067, width: 256 }), "tile/0/x001/x234/067");
  assert.equal(tilePath({ level: "entries", index: 0, width: 3 }), "tile/entries/000.p/3");
});
