/** The Merkle tree of RFC 6962: hashes, and the two verifications. */

import { areEqual, type Bytes, concatenated, sha256 } from "./bytes.ts";
import { LogBroken } from "./log-broken.ts";
import { pathToLeaf, pathToPrefix } from "./tree-shape.ts";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(entry: Uint8Array): Promise<Bytes> {
  return sha256(concatenated(LEAF, entry));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(concatenated(NODE, left, right));
}

/** Hashes neighbouring complete subtrees, largest first, into the root over them all. */
export async function joined(hashes: readonly Bytes[]): Promise<Bytes> {
  let root = hashes.at(-1);
  if (root === undefined) return sha256(new Uint8Array());
  for (const left of hashes.slice(0, -1).reverse()) root = await nodeHash(left, root);
  return root;
}

/** Hashes all leaves of a tree into its root; what has no neighbour at one height goes up as it is. */
export async function rootOf(leaves: readonly Bytes[]): Promise<Bytes> {
  let row = leaves;
  while (row.length > 1) row = await Promise.all(pairsOf(row));
  return row[0] ?? sha256(new Uint8Array());
}

function pairsOf(row: readonly Bytes[]): (Promise<Bytes> | Bytes)[] {
  return row.flatMap((left, at) => {
    const right = row[at + 1];
    if (at % 2 === 1) return [];
    return [right === undefined ? left : nodeHash(left, right)];
  });
}

export interface Tree {
  readonly size: number;
  readonly root: Bytes;
}

/** Throws LogBroken unless the leaf hash stands at `index` of the tree. */
export async function verifyInclusion(
  index: number,
  leaf: Bytes,
  proof: readonly Bytes[],
  { size, root }: Tree,
): Promise<void> {
  if (index < 0 || index >= size) throw new LogBroken(`A tree of ${size} leaves has no leaf ${index}.`);
  const siblings = pathToLeaf(index, size);
  if (siblings.length !== proof.length) throw new LogBroken("The inclusion proof has another length.");
  let computed = leaf;
  for (const [at, { isLeft }] of siblings.entries()) {
    const beside = proof[at] ?? leaf;
    computed = isLeft ? await nodeHash(beside, computed) : await nodeHash(computed, beside);
  }
  if (!areEqual(computed, root))
    throw new LogBroken(`The hashes do not lead from leaf ${index} to the root.`);
}

/** Throws LogBroken unless the newer tree begins with all leaves of the older one. */
export async function verifyConsistency(older: Tree, newer: Tree, proof: readonly Bytes[]): Promise<void> {
  if (older.size < 1 || older.size > newer.size) throw new LogBroken("The log is shorter than it was.");
  const { seam, siblings } = pathToPrefix(older.size, newer.size);
  const isWhole = seam.start === 0;
  const [first, ...components] = isWhole ? [older.root, ...proof] : proof;
  if (first === undefined || components.length !== siblings.length) {
    throw new LogBroken("The consistency proof has another length.");
  }
  let [before, after] = [first, first];
  for (const [at, { isLeft }] of siblings.entries()) {
    const beside = components[at] ?? first;
    if (isLeft) before = await nodeHash(beside, before);
    after = isLeft ? await nodeHash(beside, after) : await nodeHash(after, beside);
  }
  if (!areEqual(before, older.root))
    throw new LogBroken("The log does not begin with what it showed before.");
  if (!areEqual(after, newer.root))
    throw new LogBroken("The log's newer entries do not follow its older ones.");
}
