import assert from "node:assert/strict";
import { test } from "node:test";
import { type Press, ShortcutTable } from "../../src/shortcuts/shortcut-table.ts";

const press = (key: string, changes: Partial<Press> = {}): Press => ({
  key,
  mod: false,
  alt: false,
  on: "page",
  ...changes,
});

function aTable() {
  const table = new ShortcutTable();
  const list = ["mod+k", "?", "g e", "g x", "f", " ", "Escape"].map((keys) => ({
    keys,
    label: keys,
    run: () => {},
  }));
  const leave = table.add({ name: "Everywhere", shortcuts: list });
  const pressed = (one: Press, at = 0) => table.match(one, at)?.keys ?? null;
  return { table, pressed, leave };
}

test("a key does what it is listed for", () => {
  const { pressed } = aTable();

  assert.equal(pressed(press("?")), "?");
  assert.equal(pressed(press("f")), "f");
  assert.equal(pressed(press("q")), null);
});

test("Ctrl or Cmd with K works inside fields, letters do not", () => {
  const { pressed } = aTable();

  assert.equal(pressed(press("K", { mod: true, on: "field" })), "mod+k");
  assert.equal(pressed(press("f", { on: "field" })), null);
  assert.equal(pressed(press("Escape", { on: "field" })), null);
});

test("Space belongs to a button that has the focus", () => {
  const { pressed } = aTable();

  assert.equal(pressed(press(" ", { on: "control" })), null);
  assert.equal(pressed(press("f", { on: "control" })), "f");
  assert.equal(pressed(press(" ")), " ");
});

test("letters with Ctrl are the browser's", () => {
  assert.equal(aTable().pressed(press("f", { mod: true })), null);
  assert.equal(aTable().pressed(press("f", { alt: true })), null);
});

test("two keys in a row are a sequence, if they come soon", () => {
  const { pressed } = aTable();

  assert.equal(pressed(press("g"), 0), null);
  assert.equal(pressed(press("x"), 900), "g x");
  assert.equal(pressed(press("g"), 2_000), null);
  assert.equal(pressed(press("e"), 3_500), null);
});

test("a sequence that goes wrong is over", () => {
  const { pressed } = aTable();
  pressed(press("g"), 0);
  pressed(press("q"), 10);

  assert.equal(pressed(press("e"), 20), null);
});

test("the newest page's keys go first, and are gone with it", () => {
  const { table, pressed } = aTable();
  let heard = "";
  const leave = table.add({
    name: "Page",
    shortcuts: [{ keys: "f", label: "of the page", run: () => (heard = "page") }],
  });
  table.match(press("f"), 0)?.run();
  assert.equal(heard, "page");

  leave();

  assert.equal(table.match(press("f"), 0)?.label, "f");
  assert.equal(pressed(press("f")), "f");
});

test("single keys can be turned off, combinations stay", () => {
  const { table, pressed } = aTable();

  table.areSingleKeysOn = false;

  assert.equal(pressed(press("?")), null);
  assert.equal(pressed(press("g")), null);
  assert.equal(pressed(press("k", { mod: true })), "mod+k");
});
