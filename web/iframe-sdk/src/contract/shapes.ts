// The words of the contract's JSON Schema as functions. They are one file because the generated guards use them
// all, and small because every extension's page carries them.
import type { Check } from "./check.ts";

type AnyCheck = Check<unknown>;
// What fits any type: the generated definitions say which one it is.
type Shape = Check<never>;
type Yes = 1;

const MISFIT = "does not fit";
const ANY = Number.POSITIVE_INFINITY;

export const anything: Shape = () => undefined;

const shape =
  (fits: (value: unknown) => boolean, fault: string): Shape =>
  (value, at = "") =>
    fits(value) ? undefined : `${at} ${fault}`;

export const one = (...values: readonly unknown[]): Shape => shape((value) => values.includes(value), MISFIT);

export const text = (most = ANY, least = 0, pattern = /^/): Shape =>
  shape(
    (value) =>
      typeof value === "string" && value.length <= most && value.length >= least && pattern.test(value),
    MISFIT,
  );

export const flag: Shape = /* @__PURE__ */ one(true, false);

export const number = (least: number, most: number, isWhole?: Yes): Shape =>
  shape(
    (value) =>
      typeof value === "number" && value >= least && value <= most && (!isWhole || Number.isInteger(value)),
    MISFIT,
  );

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const list =
  (item: AnyCheck, most = ANY): Shape =>
  (value, at = "") =>
    Array.isArray(value) && value.length <= most
      ? first(value, (each, index) => item(each, `${at}[${index}]`))
      : `${at} ${MISFIT}`;

export const record =
  (fields: Record<string, AnyCheck>, optional: readonly string[] = [], isClosed?: Yes): Shape =>
  (value, at = "") => {
    if (!isRecord(value)) return `${at} ${MISFIT}`;
    // What is undefined is not there, as in JSON.
    const own = (name: string) => (Object.hasOwn(value, name) ? value[name] : undefined);
    const fault = first(Object.keys(fields), (name) =>
      own(name) === undefined
        ? optional.includes(name)
          ? undefined
          : `${at}.${name} is missing`
        : fields[name]?.(own(name), `${at}.${name}`),
    );
    const isKnown = (name: string) => Object.hasOwn(fields, name) || own(name) === undefined;
    return (
      fault ?? (isClosed && !Object.keys(value).every(isKnown) ? `${at} has an unknown field` : undefined)
    );
  };

export const table =
  (cell: AnyCheck, most = ANY, name: AnyCheck = anything): Shape =>
  (value, at = "") =>
    isRecord(value) && Object.keys(value).length <= most
      ? first(Object.keys(value), (key) => name(key, `${at} name`) ?? cell(value[key], `${at}[…]`))
      : `${at} ${MISFIT}`;

/** Choose the shape by one field, so that the reason speaks of the message that was meant. */
export const union =
  (field: string, shapes: Record<string, AnyCheck>): Shape =>
  (value, at = "") => {
    const name = isRecord(value) ? String(value[field]) : "";
    return Object.hasOwn(shapes, name) ? shapes[name]?.(value, at) : `${at}.${field} ${MISFIT}`;
  };

function first<T>(
  items: readonly T[],
  reason: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = reason(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
