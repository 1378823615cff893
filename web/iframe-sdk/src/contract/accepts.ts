import type { Check } from "./check.ts";

export const accepts = <T>(check: Check<T>, value: unknown): value is T => check(value) === undefined;
