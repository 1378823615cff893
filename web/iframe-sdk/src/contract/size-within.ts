const VALUE_SIZE = 8;
const PLAIN = ["undefined", "string", "number", "boolean"];

/**
 * Say whether a value is plain data of at most this size: a character of a text or a key counts 1, any other
 * value 8. A cycle ends with the budget; what JSON does not know never fits.
 */
export function sizeWithin(value: unknown, most: number): boolean {
  const open: unknown[] = [value];
  let left = most;
  while (open.length) {
    const next = open.pop();
    left -= typeof next === "string" ? next.length : VALUE_SIZE;
    const inner = innerOf(next, left);
    if (!inner) return false;
    left -= inner.size;
    open.push(...inner.values);
  }
  return left >= 0;
}

/** What is inside a value; undefined when it is no plain data, or has more inside than may be left. */
function innerOf(value: unknown, left: number) {
  if (left < 0) return undefined;
  if (typeof value !== "object" || value === null) {
    return value === null || PLAIN.includes(typeof value) ? { values: [], size: 0 } : undefined;
  }
  const keys = Object.keys(value);
  const size = keys.reduce((sum, key) => sum + key.length, 0);
  if (!isPlain(value) || size > left) return undefined;
  // A list may claim to be long and be empty: then it has less keys than places.
  if (Array.isArray(value) && value.length !== keys.length) return undefined;
  return { values: Object.values(value), size };
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
}
