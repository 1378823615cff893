/** A schema as fields, what is typed as a configuration, and two people's changes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configChanges, mergedConfig, settingText } from "../src/config-form/config-changes.ts";
import { fieldsOfSchema, takesMore } from "../src/config-form/fields-of-schema.ts";
import { readForm, readJsonObject, valuesOf } from "../src/config-form/form-values.ts";

const SCHEMA = {
  type: "object",
  required: ["currency"],
  additionalProperties: false,
  $defs: { size: { type: "integer", minimum: 1, maximum: 9 } },
  properties: {
    greeting: {
      type: "string",
      title: "Greeting",
      description: "Said first.",
      maxLength: 5,
      default: "Hello",
    },
    limit: { $ref: "#/$defs/size", title: "Most notes" },
    rate: { type: "number" },
    on: { type: "boolean", default: true },
    currency: { enum: ["EUR", "USD", 7] },
    site: { type: "string", format: "uri" },
    tags: { type: "array", items: { type: "string" } },
    either: { anyOf: [{ type: "string" }, { type: "integer" }] },
    code: { type: "string", pattern: "^[A-Z]+$" },
  },
} as const;

function fields() {
  const found = fieldsOfSchema(SCHEMA);
  assert.ok(found);
  return found;
}

test("each property becomes the field that fits it, required ones first", () => {
  const kinds = fields().map(({ name, kind, isRequired }) => [name, kind, isRequired]);

  assert.deepEqual(kinds, [
    ["currency", "choice", true],
    ["greeting", "text", false],
    ["limit", "number", false],
    ["rate", "number", false],
    ["on", "switch", false],
    ["site", "text", false],
    ["tags", "json", false],
    ["either", "json", false],
    ["code", "text", false],
  ]);
  assert.equal(takesMore(SCHEMA), false);
});

test("a reference brings its bounds, and words beside it stay", () => {
  const limit = fields().find(({ name }) => name === "limit");

  assert.ok(limit?.kind === "number" && limit.isWhole);
  assert.deepEqual([limit.label, limit.minimum, limit.maximum], ["Most notes", 1, 9]);
});

test("a schema without properties is one JSON document", () => {
  for (const schema of [null, { type: "object" }, { type: "object", anyOf: [] }])
    assert.equal(fieldsOfSchema(schema), null);
});

test("what is typed becomes values of the schema's types", () => {
  const read = readForm(
    { currency: "7", greeting: "Hi", limit: " 3 ", on: "false", tags: '["a"]', rate: "0.5" },
    fields(),
  );

  assert.deepEqual(read.problems, {});
  assert.deepEqual(read.config, {
    currency: 7,
    greeting: "Hi",
    limit: 3,
    rate: 0.5,
    on: false,
    tags: ["a"],
  });
});

test("every field says for itself what is wrong with it", () => {
  const read = readForm({ greeting: "Hello you", limit: "12", rate: "x", tags: "[", site: "no" }, fields());

  assert.deepEqual(Object.keys(read.problems).sort(), [
    "currency",
    "greeting",
    "limit",
    "rate",
    "site",
    "tags",
  ]);
  assert.equal(read.problems["currency"], "currency is required.");
  assert.equal(read.problems["limit"], "Most notes is 9 or less.");
  assert.match(read.problems["greeting"] ?? "", /at most 5 characters; this has 9/u);
});

test("a configuration goes into the form and comes out as it was", () => {
  const config = {
    currency: "USD",
    greeting: "",
    limit: 2,
    on: false,
    tags: [1, { a: null }],
    either: "x",
    more: 1,
  };

  const read = readForm(valuesOf(config, fields()), fields(), config);

  assert.deepEqual(read, { config, problems: {} });
});

test("what was not chosen is left to the schema's default", () => {
  const values = valuesOf({ currency: "EUR" }, fields());

  assert.equal(values["on"], undefined);
  assert.deepEqual(readForm(values, fields()).config, { currency: "EUR" });
});

test("only one object is a configuration", () => {
  assert.deepEqual(readJsonObject('{"a": 1}'), { value: { a: 1 } });
  for (const text of ["[]", "7", "null", "{", ""]) assert.ok("problem" in readJsonObject(text));
});

test("changes are told apart by value and not by the order of members", () => {
  const changes = configChanges({ a: { x: 1, y: 2 }, b: 1, c: "1" }, { a: { y: 2, x: 1 }, c: 1, d: null });

  assert.deepEqual(
    changes.map(({ name, kind }) => `${name} ${kind}`),
    ["b removed", "c changed", "d added"],
  );
  assert.deepEqual([settingText("a b"), settingText([1]), settingText(undefined)], ["a b", "[1]", "–"]);
});

test("two people's changes of different settings come together", () => {
  const { merged, both } = mergedConfig({ a: 1, b: 1, c: 1 }, { a: 2, b: 1, c: 1 }, { a: 1, b: 5 });

  assert.deepEqual(merged, { a: 2, b: 5 });
  assert.deepEqual(both, []);
});

test("a setting that both changed differently is named", () => {
  assert.deepEqual(mergedConfig({ a: 1 }, { a: 2 }, { a: 3 }).both, ["a"]);
  assert.deepEqual(mergedConfig({ a: 1 }, { a: 3 }, { a: 3 }).both, []);
});
