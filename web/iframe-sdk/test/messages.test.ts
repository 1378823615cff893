import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Check } from "../src/contract/check.ts";
import * as messages from "../src/contract/messages.ts";

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema | true>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly propertyNames?: Schema;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const folder = fileURLToPath(new URL("..", import.meta.url));
const contract = JSON.parse(readFileSync(`${folder}contract/bridge.schema.json`, "utf8")) as {
  readonly $defs: Readonly<Record<string, Schema>>;
};

// What JSON Schema says, read plainly, to hold the generated guards against.
function fits(schema: Schema | true | undefined, value: unknown): boolean {
  if (schema === undefined || schema === true) return true;
  if (schema.$ref) return fits(contract.$defs[schema.$ref.slice("#/$defs/".length)], value);
  if ("const" in schema) return schema.const === value;
  if (schema.enum) return schema.enum.includes(value);
  if (schema.oneOf) return schema.oneOf.filter((one) => fits(one, value)).length === 1;
  switch (schema.type ?? (schema.pattern ? "string" : "object")) {
    case "string":
      return textFits(schema, value);
    case "boolean":
      return typeof value === "boolean";
    case "integer":
    case "number":
      return numberFits(schema, value);
    case "array":
      return (
        Array.isArray(value) &&
        value.length <= (schema.maxItems ?? Number.POSITIVE_INFINITY) &&
        value.every((item) => fits(schema.items, item))
      );
    default:
      return objectFits(schema, value);
  }
}

function textFits({ minLength = 0, maxLength = 1e9, pattern = "" }: Schema, value: unknown): boolean {
  if (typeof value !== "string") return false;
  return value.length >= minLength && value.length <= maxLength && new RegExp(pattern).test(value);
}

function numberFits({ type, minimum = -1e99, maximum = 1e99 }: Schema, value: unknown): boolean {
  if (typeof value !== "number" || Number.isNaN(value)) return false;
  return value >= minimum && value <= maximum && (type === "number" || Number.isInteger(value));
}

function objectFits(schema: Schema, value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const fields = Object.entries(value);
  const more = schema.additionalProperties;
  return (
    fields.length <= (schema.maxProperties ?? Number.POSITIVE_INFINITY) &&
    (schema.required ?? []).every((name) => Object.hasOwn(value, name)) &&
    fields.every(([name, field]) => {
      const own =
        schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
      if (own !== undefined) return fits(own, field);
      return (
        fits(schema.propertyNames, name) && more !== false && fits(more === undefined ? true : more, field)
      );
    })
  );
}

// A generator of values near what a schema wants: right ones, and ones with one thing wrong.
class Values {
  isCareful = false;

  constructor(private state: number) {}

  near(schema: Schema | true | undefined): unknown {
    if (schema === undefined || schema === true) return this.odd();
    if (!this.isCareful && this.below(25) === 0) return this.odd();
    if (schema.$ref) return this.near(contract.$defs[schema.$ref.slice("#/$defs/".length)]);
    if ("const" in schema) return schema.const;
    if (schema.enum) return this.pick(schema.enum);
    if (schema.oneOf) return this.near(this.pick(schema.oneOf));
    switch (schema.type) {
      case "string":
        return this.text(schema);
      case "boolean":
        return this.below(2) === 0;
      case "integer":
      case "number":
        return this.number(schema);
      case "array":
        return Array.from({ length: this.below(4) }, () => this.near(schema.items));
      default:
        return this.object(schema);
    }
  }

  private below(most: number): number {
    this.state = (this.state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((this.state / 2_147_483_648) * most);
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  private number({ minimum = 0, maximum = 0 }: Schema): number {
    return this.isCareful ? minimum : this.pick([minimum, maximum, minimum - 1, maximum + 1, 1.5, 200]);
  }

  private text(schema: Schema): string {
    for (let round = 0; round < 200; round += 1) {
      const made = this.anyText(schema);
      if (!this.isCareful || fits(schema, made)) return made;
    }
    throw new Error(`No text of the test fits ${JSON.stringify(schema)}.`);
  }

  private anyText({ maxLength = 20, minLength = 0 }: Schema): string {
    const sizes = [minLength, minLength - 1, 5, Math.min(maxLength, 70_000), Math.min(maxLength + 1, 70_001)];
    const length = Math.max(0, this.pick(sizes));
    const texts = ["/", "--a", "a", "A".repeat(22), "url(x)", "a;b", "\u0007", "en", "QQ=="];
    const start = this.pick(texts);
    return this.below(2) ? start : start.padEnd(length, "a").slice(0, length);
  }

  private object(schema: Schema): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const isKept = this.isCareful || this.below(20) !== 0;
      if (schema.required?.includes(name) ? isKept : this.below(2) === 0) made[name] = this.near(field);
    }
    if (!this.isCareful && (!schema.properties || this.below(10) === 0)) {
      const cell = schema.additionalProperties;
      const name = this.pick(["more", "--a", "accept", "constructor", "toString", "content-type"]);
      made[name] = this.near(typeof cell === "object" ? cell : undefined);
    }
    return made;
  }

  private odd(): unknown {
    return this.pick([null, 0, -1, "", "x", [], {}, true, { kind: "open" }, "constructor", Number.NaN, [[]]]);
  }
}

test("the guards are those of the contract", () => {
  const script = `${folder}scripts/generate-messages.mjs`;
  execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" });
});

test("each guard takes and refuses what the contract's schema does", () => {
  for (const [name, schema] of Object.entries(contract.$defs)) {
    const check = (messages as unknown as Record<string, Check<unknown>>)[`check${name}`];
    assert.ok(check, name);
    const values = new Values(name.length * 7919);
    const seen = { taken: 0, refused: 0 };
    for (let round = 0; round < 400; round += 1) {
      values.isCareful = round % 4 === 0;
      const value = values.near(schema);
      const isRight = fits(schema, value);
      assert.equal(check(value) === undefined, isRight, `${name} ${JSON.stringify(value)?.slice(0, 300)}`);
      seen[isRight ? "taken" : "refused"] += 1;
    }
    assert.ok(seen.refused > 0 && seen.taken > 0, `${name} was tried one way only`);
  }
});

test("a reason names the field", () => {
  assert.equal(messages.checkResizeParams({ height: "1" }, "resize"), "resize.height does not fit");
  assert.equal(messages.checkCall({ kind: "call", id: 1, method: "api" }, "call"), "call.params is missing");
});
