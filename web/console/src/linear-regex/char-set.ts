/** Sets of UTF-16 code units as sorted ranges that do not touch. */

export type CharSet = readonly (readonly [number, number])[];

const LAST = 0xffff;

export function charSet(from: string, to: string): CharSet {
  return [[from.charCodeAt(0), to.charCodeAt(0)]];
}

export function union(...sets: readonly CharSet[]): CharSet {
  const ranges = sets.flat().toSorted(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [from, to] of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

export function negated(set: CharSet): CharSet {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= LAST) rest.push([next, LAST]);
  return rest;
}

export function has(set: CharSet, unit: number): boolean {
  return set.some(([from, to]) => unit >= from && unit <= to);
}

/** Adds to each letter of a to z its other case. */
export function caseless(set: CharSet): CharSet {
  const more: [number, number][] = [];
  for (const [from, to] of set) {
    const lower = [Math.max(from, 97), Math.min(to, 122)] as const;
    const upper = [Math.max(from, 65), Math.min(to, 90)] as const;
    if (lower[0] <= lower[1]) more.push([lower[0] - 32, lower[1] - 32]);
    if (upper[0] <= upper[1]) more.push([upper[0] + 32, upper[1] + 32]);
  }
  return union(set, more);
}

export const DIGITS: CharSet = charSet("0", "9");
export const WORDS: CharSet = union(charSet("a", "z"), charSet("A", "Z"), DIGITS, charSet("_", "_"));
export const SPACES: CharSet = union(charSet("\t", "\r"), charSet(" ", " "), charSet("\u00a0", "\u00a0"));
export const DOT: CharSet = negated(union(charSet("\n", "\n"), charSet("\r", "\r")));
