/** Makes fields of a manifest's config schema. What no simple field fits becomes a JSON field. */

import { isRecord } from "../consent/manifest-facts.ts";
import type { FormField, TextFormField } from "./form-field.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Keywords that say nothing a field has to obey. */
const NOTES = new Set(["title", "description", "default", "examples", "deprecated", "$comment", "$schema"]);
const FIELD_KEYWORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  string: new Set(["type", "minLength", "maxLength", "format", "pattern"]),
  integer: new Set([
    "type",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "format",
  ]),
  number: new Set([
    "type",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "format",
  ]),
  boolean: new Set(["type"]),
};
const FORMATS: Readonly<Record<string, TextFormField["format"]>> = {
  email: "email",
  uri: "url",
  "uri-reference": null,
  date: "date",
  "date-time": "date-time",
};
const LONG_TEXT = 200;

/** Null: the schema as a whole is no list of fields, so the configuration is one JSON document. */
export function fieldsOfSchema(schema: Schema | null): readonly FormField[] | null {
  if (schema === null || !isRecord(schema["properties"])) return null;
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const fields = Object.entries(schema["properties"]).map(([name, part]) =>
    fieldOf(name, resolved(part, schema), required.includes(name)),
  );
  // Required ones first; otherwise the author's order.
  return fields.sort((one, other) => Number(other.isRequired) - Number(one.isRequired));
}

/** Whether keys beyond the fields may be set. */
export function takesMore(schema: Schema | null): boolean {
  return schema === null || schema["additionalProperties"] !== false;
}

function fieldOf(name: string, schema: Schema, isRequired: boolean): FormField {
  const described = {
    name,
    label: textOf(schema["title"]) ?? name,
    hint: hintOf(schema),
    isRequired,
    isDeprecated: schema["deprecated"] === true,
    fallback: schema["default"],
  };
  const options = optionsOf(schema);
  if (options !== null) return { ...described, kind: "choice", options };
  const type = schema["type"];
  if (typeof type !== "string" || !isSimple(schema, type)) return { ...described, kind: "json" };
  switch (type) {
    case "string":
      return { ...described, kind: "text", ...textRulesOf(schema) };
    case "integer":
    case "number":
      return { ...described, kind: "number", isWhole: type === "integer", ...boundsOf(schema) };
    case "boolean":
      return { ...described, kind: "switch" };
    default:
      return { ...described, kind: "json" };
  }
}

/** A keyword a field knows nothing of, such as anyOf, is obeyed only where the whole value is written. */
function isSimple(schema: Schema, type: string): boolean {
  const known = FIELD_KEYWORDS[type];
  return known !== undefined && Object.keys(schema).every((key) => known.has(key) || NOTES.has(key));
}

function optionsOf(schema: Schema) {
  const values = Array.isArray(schema["enum"])
    ? schema["enum"]
    : "const" in schema
      ? [schema["const"]]
      : null;
  if (values === null) return null;
  const rest = Object.keys(schema).filter(
    (key) => !NOTES.has(key) && !["enum", "const", "type"].includes(key),
  );
  if (rest.length > 0) return null;
  return values.map((value: unknown) => ({
    text: typeof value === "string" ? value : JSON.stringify(value),
    value,
  }));
}

function textRulesOf(schema: Schema) {
  const maxLength = numberOf(schema["maxLength"]);
  return {
    format: FORMATS[textOf(schema["format"]) ?? ""] ?? null,
    minLength: numberOf(schema["minLength"]),
    maxLength,
    isLong: maxLength !== null && maxLength > LONG_TEXT,
  };
}

function boundsOf(schema: Schema) {
  const minimum = numberOf(schema["minimum"]);
  const maximum = numberOf(schema["maximum"]);
  return { minimum, maximum };
}

function hintOf(schema: Schema): string | null {
  const pattern = textOf(schema["pattern"]);
  const parts = [
    textOf(schema["description"]),
    schema["deprecated"] === true ? "Not used any more; its publisher advises against it." : null,
    pattern === null ? null : `Has to match ${pattern}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(" ");
}

function resolved(part: unknown, root: Schema): Schema {
  if (!isRecord(part)) return {};
  const target = textOf(part["$ref"]);
  const name = target?.startsWith("#/$defs/") ? target.slice("#/$defs/".length) : null;
  if (name === null || !isRecord(root["$defs"])) return part;
  const definition = root["$defs"][name.replaceAll("~1", "/").replaceAll("~0", "~")];
  // A definition that leads on to another is left as it is and becomes a JSON field.
  if (!isRecord(definition)) return part;
  const { $ref: _, ...besides } = part;
  return { ...definition, ...besides };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
