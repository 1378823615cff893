// Writes src/contract/messages.ts from contract/bridge.schema.json; --check only says whether it is fresh.
import { readFileSync, writeFileSync } from "node:fs";

const SCHEMA = new URL("../contract/bridge.schema.json", import.meta.url);
const TARGET = new URL("../src/contract/messages.ts", import.meta.url);
const SHAPES = ["anything", "flag", "list", "number", "one", "record", "table", "text", "union"];

const { $defs: definitions } = JSON.parse(readFileSync(SCHEMA, "utf8"));

function nameOf(reference) {
  return reference.replace("#/$defs/", "");
}

function typeOf(schema) {
  if (schema === true) return "unknown";
  if (schema.$ref) return nameOf(schema.$ref);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.oneOf) return schema.oneOf.map(typeOf).join(" | ");
  if (schema.type === "integer") return "number";
  if (schema.type === "array") return `readonly (${typeOf(schema.items)})[]`;
  if (schema.type === "object") return objectType(schema);
  return schema.type;
}

function objectType(schema) {
  if (!schema.properties) {
    const cell = schema.additionalProperties === true ? "unknown" : typeOf(schema.additionalProperties);
    return `Readonly<Record<string, ${cell}>>`;
  }
  const fields = Object.entries(schema.properties).map(([name, field]) => {
    const isRequired = schema.required?.includes(name);
    return `readonly ${name}${isRequired ? "" : "?"}: ${typeOf(field)}${isRequired ? "" : " | undefined"};`;
  });
  return fields.length ? `{ ${fields.join(" ")} }` : "Readonly<Record<string, never>>";
}

function checkOf(schema) {
  if (schema === true) return "anything";
  if (schema.$ref) return `check${nameOf(schema.$ref)}`;
  if ("const" in schema) return `one(${JSON.stringify(schema.const)})`;
  if (schema.enum) return `one(${schema.enum.map((value) => JSON.stringify(value)).join(", ")})`;
  if (schema.oneOf) return unionCheck(schema);
  switch (schema.type) {
    case "string":
      return textCheck(schema);
    case "boolean":
      return "flag";
    case "integer":
    case "number":
      return `number(${schema.minimum}, ${schema.maximum}, ${schema.type === "integer"})`;
    case "array":
      return `list(${checkOf(schema.items)}, ${schema.maxItems})`;
    case "object":
      return objectCheck(schema);
  }
  throw new Error(`The generator does not know this schema: ${JSON.stringify(schema)}`);
}

function textCheck({ maxLength, minLength, pattern }) {
  const regular = pattern && `/${pattern.replaceAll("/", "\\/")}/`;
  const values = [
    maxLength ?? (minLength || pattern ? "undefined" : ""),
    minLength ?? (pattern ? 0 : ""),
    regular,
  ];
  return `text(${values.filter((value) => value !== "" && value !== undefined).join(", ")})`;
}

function objectCheck(schema) {
  if (!schema.properties) {
    const cell = checkOf(schema.additionalProperties);
    const most = schema.maxProperties ?? (schema.propertyNames ? "undefined" : undefined);
    const name = schema.propertyNames && textCheck(schema.propertyNames);
    return `table(${[cell, most, name].filter((value) => value !== undefined).join(", ")})`;
  }
  const fields = Object.entries(schema.properties).map(([name, field]) => `${name}: ${checkOf(field)}`);
  const isClosed = schema.additionalProperties === false;
  return `record({ ${fields.join(", ")} }, ${JSON.stringify(schema.required ?? [])}, ${isClosed})`;
}

function unionCheck(schema) {
  const shapes = schema.oneOf.map(({ $ref }) => nameOf($ref));
  const field = "kind" in definitions[shapes[0]].properties ? "kind" : "type";
  const rows = shapes.map((name) => `${definitions[name].properties[field].const}: check${name}`);
  return `union("${field}", { ${rows.join(", ")} })`;
}

// A definition stands behind those it speaks of.
function ordered() {
  const done = new Set();
  const visit = (name) => {
    if (done.has(name)) return;
    for (const [, other] of JSON.stringify(definitions[name]).matchAll(/"#\/\$defs\/(\w+)"/g)) visit(other);
    done.add(name);
  };
  Object.keys(definitions).forEach(visit);
  return [...done];
}

function definitionText(name) {
  const schema = definitions[name];
  const check = checkOf(schema).replaceAll(
    /\b(one|text|number|list|record|table|union)\(/g,
    "/* @__PURE__ */ $1(",
  );
  return `export type ${name} = ${typeOf(schema)};\nexport const check${name}: Check<${name}> = ${check};\n`;
}

const body = ordered().map(definitionText).join("\n");
const used = SHAPES.filter((shape) => new RegExp(`\\b${shape}\\b`).test(body.replaceAll(/"[^"]*"/g, "")));
const written = `// biome-ignore-all format: written by scripts/generate-messages.mjs from contract/bridge.schema.json.
import type { Check } from "./check.ts";
import { ${used.join(", ")} } from "./shapes.ts";

${body}`;

if (process.argv.includes("--check")) {
  if (readFileSync(TARGET, "utf8") !== written) {
    process.stderr.write("src/contract/messages.ts is stale: run node scripts/generate-messages.mjs\n");
    process.exit(1);
  }
} else {
  writeFileSync(TARGET, written);
}
