/** Which spans of leaves a proof is made of: the arithmetic of the RFC 6962 tree, without any hash. */

/** The leaves from `start` up to `end`, whose hash is one component of a proof. */
export interface Sibling {
  readonly start: number;
  readonly end: number;
  readonly isLeft: boolean;
}

/** A complete subtree of `2 ** height` leaves that begins at leaf `index * 2 ** height`. */
export interface Subtree {
  readonly height: number;
  readonly index: number;
}

/** Cuts a span into complete subtrees, largest first. */
export function completeSubtrees(start: number, end: number): Subtree[] {
  const found: Subtree[] = [];
  let at = start;
  for (let height = 53; height >= 0; height -= 1) {
    const leaves = 2 ** height;
    if (end - at < leaves) continue;
    found.push({ height, index: at / leaves });
    at += leaves;
  }
  return found;
}

/** Lists what lies beside the way to a leaf, from the leaf's sibling to the root's child. */
export function pathToLeaf(index: number, size: number): Sibling[] {
  return way(index, size, (start, end) => end - start === 1).siblings;
}

/** The way to the right edge of the tree that had `oldSize` leaves; the seam lies in both trees. */
export function pathToPrefix(oldSize: number, size: number): { seam: Sibling; siblings: Sibling[] } {
  return way(oldSize - 1, size, (_, end) => end === oldSize);
}

function way(index: number, size: number, isThere: (start: number, end: number) => boolean) {
  const siblings: Sibling[] = [];
  let start = 0;
  let end = size;
  while (!isThere(start, end)) {
    const middle = start + largestPowerBelow(end - start);
    const isLeft = index >= middle;
    siblings.push(isLeft ? { start, end: middle, isLeft } : { start: middle, end, isLeft });
    if (isLeft) start = middle;
    else end = middle;
  }
  return { seam: { start, end, isLeft: true }, siblings: siblings.reverse() };
}

function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
