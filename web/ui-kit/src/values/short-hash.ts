const DIGITS = 12;

/** Shorten a content hash to its first digits, for recognising and never for verifying. */
export function shortHash(hash: string, digits: number = DIGITS): string {
  const [, prefix = "", hex = ""] = /^(sha256:)?([0-9a-f]+)$/i.exec(hash) ?? [undefined, "", hash];
  return hex.length <= digits ? hash : `${prefix}${hex.slice(0, digits)}…`;
}

/** How many digits two hashes need until they differ; the usual number where that is enough. */
export function digitsToDiffer(one: string, other: string): number {
  const left = one.replace(/^sha256:/, "");
  const right = other.replace(/^sha256:/, "");
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  return Math.max(DIGITS, Math.min(at + 1, left.length));
}
