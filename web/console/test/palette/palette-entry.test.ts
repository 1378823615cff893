import assert from "node:assert/strict";
import { test } from "node:test";
import { matching, type PaletteEntry } from "../../src/palette/palette-entry.ts";

const entry = (label: string, ...argv: readonly string[]): PaletteEntry => ({
  id: label,
  label,
  run: () => {},
  ...(argv.length > 0 && { command: argv }),
});
const ENTRIES = [
  entry("Go to extensions"),
  entry("Executions of acme/notes", "executions", "acme/notes"),
  entry("Live debug of acme/notes", "logs", "acme/notes", "--follow"),
];
const found = (question: string) => matching(ENTRIES, question, 10).map(({ label }) => label);

test("without a question everything is offered in its order", () => {
  assert.deepEqual(
    found(""),
    ENTRIES.map(({ label }) => label),
  );
});

test("all words must be there, in label or command", () => {
  assert.deepEqual(found("notes exec"), ["Executions of acme/notes"]);
  assert.deepEqual(found("annex logs"), ["Live debug of acme/notes"]);
  assert.deepEqual(found("nothing"), []);
});

test("what begins with the question comes first", () => {
  assert.deepEqual(found("e")[0], "Executions of acme/notes");
});

test("no more are offered than asked for", () => {
  assert.equal(matching(ENTRIES, "", 2).length, 2);
});
