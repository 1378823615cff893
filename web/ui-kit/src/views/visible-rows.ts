/** Where each row begins, and after the last one where all end. */
export function rowOffsets(
  keys: readonly string[],
  heights: ReadonlyMap<string, number>,
  estimate: number,
): Float64Array {
  const offsets = new Float64Array(keys.length + 1);
  let top = 0;
  keys.forEach((key, index) => {
    offsets[index] = top;
    top += heights.get(key) ?? estimate;
  });
  offsets[keys.length] = top;
  return offsets;
}

/** The rows that are in sight, and some beyond each end. */
export function visibleRange(offsets: Float64Array, top: number, height: number, overscan: number) {
  const count = offsets.length - 1;
  const first = Math.max(0, rowAt(offsets, top) - overscan);
  const last = Math.min(count, rowAt(offsets, top + height) + 1 + overscan);
  return { first: Math.min(first, last), last };
}

/** The row that covers a height, found by halving. */
function rowAt(offsets: Float64Array, height: number): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= height) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}
