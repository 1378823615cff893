// The words of the contract's JSON Schema as functions. They are one file because the generated guards use them
// all, and small because every extension's page carries them.
import type { Check } from "./check.ts";

type AnyCheck = Check<unknown>;
// What fits any type: the generated definitions say which one it is.
type Shape = Check<never>;

const wrong = (at: string, what: string) => `${at} ${what}`;

export const anything: Shape = () => undefined;

export const one = (...values: readonly unknown[]): Shape => {
  return (value, at = "") => (values.includes(value) ? undefined : wrong(at, "is none of the known values"));
};

export const text = (most = Number.POSITIVE_INFINITY, least = 0, pattern?: RegExp): Shape => {
  return (value, at = "") => {
    if (typeof value !== "string") return wrong(at, "is no text");
    if (value.length > most || value.length < least) return wrong(at, "has a wrong length");
    return !pattern || pattern.test(value) ? undefined : wrong(at, "has a wrong form");
  };
};

export const flag: Shape = (value, at = "") =>
  typeof value === "boolean" ? undefined : wrong(at, "is neither true nor false");

export const number = (least: number, most: number, isWhole: boolean): Shape => {
  return (value, at = "") =>
    typeof value === "number" && value >= least && value <= most && (!isWhole || Number.isInteger(value))
      ? undefined
      : wrong(at, "is no number that fits");
};

export const list = (item: AnyCheck, most: number): Shape => {
  return (value, at = "") => {
    if (!Array.isArray(value) || value.length > most) return wrong(at, "is no list that fits");
    return first(value.keys(), (index) => item(value[index], `${at}[${index}]`));
  };
};

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const record = (
  fields: Record<string, AnyCheck>,
  required: readonly string[],
  isClosed: boolean,
): Shape => {
  return (value, at = "") => {
    if (!isRecord(value)) return wrong(at, "is no object");
    // What is undefined is not there, as in JSON.
    const missing = required.find((name) => !Object.hasOwn(value, name) || value[name] === undefined);
    if (missing !== undefined) return wrong(`${at}.${missing}`, "is missing");
    return first(Object.keys(value), (name) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (value[name] === undefined) return undefined;
      if (field) return field(value[name], `${at}.${name}`);
      return isClosed ? wrong(at, "has an unknown field") : undefined;
    });
  };
};

export const table = (cell: AnyCheck, most = Number.POSITIVE_INFINITY, name: AnyCheck = anything): Shape => {
  return (value, at = "") => {
    if (!isRecord(value)) return wrong(at, "is no object");
    const keys = Object.keys(value);
    if (keys.length > most) return wrong(at, "has too many fields");
    return first(keys, (key) => name(key, `${at} field name`) ?? cell(value[key], `${at}[…]`));
  };
};

/** Choose the shape by one field, so that the reason speaks of the message that was meant. */
export const union = (field: string, shapes: Record<string, AnyCheck>): Shape => {
  return (value, at = "") => {
    const name = isRecord(value) ? value[field] : undefined;
    const shape = typeof name === "string" && Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    return shape ? shape(value, at) : wrong(`${at}.${field}`, "is unknown");
  };
};

function first<T>(items: Iterable<T>, reason: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = reason(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
