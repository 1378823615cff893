/** What stands in a form as somebody types it, and the configuration it means. */

import type { FormField, NumberFormField, TextFormField } from "./form-field.ts";

/** The text in each field; absent is nothing chosen, so that the schema's default holds. */
export type FormValues = Readonly<Record<string, string | undefined>>;
export type Config = Readonly<Record<string, unknown>>;

export interface ReadForm {
  readonly config: Config;
  /** By field; none is empty. */
  readonly problems: Readonly<Record<string, string>>;
}

export function valuesOf(config: Config, fields: readonly FormField[]): FormValues {
  return Object.fromEntries(
    fields.map((field) => [
      field.name,
      field.name in config ? written(config[field.name], field) : undefined,
    ]),
  );
}

/** Reads the fields; settings of the configuration that no field stands for are kept. */
export function readForm(values: FormValues, fields: readonly FormField[], before: Config = {}): ReadForm {
  const named = new Set(fields.map(({ name }) => name));
  const config: Record<string, unknown> = Object.fromEntries(
    Object.entries(before).filter(([name]) => !named.has(name)),
  );
  const problems: Record<string, string> = {};
  for (const field of fields) {
    const text = values[field.name];
    if (text === undefined || (text === "" && isEmptyNothing(field))) {
      if (field.isRequired && field.fallback === undefined)
        problems[field.name] = `${field.label} is required.`;
      continue;
    }
    const read = readField(text, field);
    if ("problem" in read) problems[field.name] = read.problem;
    else config[field.name] = read.value;
  }
  return { config, problems };
}

type Read = { readonly value: unknown } | { readonly problem: string };

export function readJsonObject(text: string): Read {
  const read = readJson(text, "The configuration");
  if ("problem" in read) return read;
  const isObject = typeof read.value === "object" && read.value !== null && !Array.isArray(read.value);
  return isObject ? read : { problem: "The configuration is one JSON object, in { and }." };
}

/** An empty text may be meant; an empty number or choice is none. */
function isEmptyNothing(field: FormField): boolean {
  return field.kind !== "text" || field.isRequired || field.format !== null || (field.minLength ?? 0) > 0;
}

function readField(text: string, field: FormField): Read {
  switch (field.kind) {
    case "text":
      return readText(text, field);
    case "number":
      return readNumber(text, field);
    case "switch":
      return { value: text === "true" };
    case "choice":
      return { value: field.options.find((option) => option.text === text)?.value };
    case "json":
      return readJson(text, field.label);
  }
}

function readText(text: string, field: TextFormField): Read {
  const length = [...text].length;
  if (field.minLength !== null && length < field.minLength)
    return { problem: `${field.label} has at least ${field.minLength} characters.` };
  if (field.maxLength !== null && length > field.maxLength)
    return { problem: `${field.label} has at most ${field.maxLength} characters; this has ${length}.` };
  if (field.format === "url" && !URL.canParse(text))
    return { problem: `${field.label} is an address such as https://example.com.` };
  return { value: text };
}

function readNumber(text: string, field: NumberFormField): Read {
  const value = Number(text.trim());
  const kind = field.isWhole ? "a whole number" : "a number";
  if (text.trim() === "" || !Number.isFinite(value) || (field.isWhole && !Number.isInteger(value)))
    return { problem: `${field.label} is ${kind}.` };
  if (field.minimum !== null && value < field.minimum)
    return { problem: `${field.label} is ${field.minimum} or more.` };
  if (field.maximum !== null && value > field.maximum)
    return { problem: `${field.label} is ${field.maximum} or less.` };
  return { value };
}

function readJson(text: string, label: string): Read {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const where = error instanceof Error ? ` ${error.message}.` : "";
    return { problem: `${label} is not JSON.${where}` };
  }
}

function written(value: unknown, field: FormField): string {
  if (field.kind === "json") return JSON.stringify(value, null, 2);
  return typeof value === "string" ? value : JSON.stringify(value);
}
