import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveView } from "../../src/live-debug/live-view.ts";
import type { Row } from "../../src/live-debug/row.ts";
import { EVERYTHING } from "../../src/live-debug/row-filter.ts";
import { aLine } from "./lines.ts";

interface Stage {
  readonly view: LiveView;
  readonly frame: () => void;
  readonly frames: () => number;
  readonly write: (...messages: readonly string[]) => void;
}

function aStage(bound = 100): Stage {
  const waiting: (() => void)[] = [];
  let frames = 0;
  const view = new LiveView(bound, (callback) => void waiting.push(callback));
  const frame = () => {
    for (const callback of waiting.splice(0)) {
      frames += 1;
      callback();
    }
  };
  const write = (...messages: readonly string[]) => {
    view.addLines(messages.map((message) => aLine(message)));
    frame();
  };
  return { view, frame, frames: () => frames, write };
}

const texts = (rows: readonly Row[]) =>
  rows.map((row) => (row.kind === "line" ? row.line.message : `[${row.text}]`));
const shown = ({ view }: Stage) => texts(view.shown().rows);

test("lines are shown in the order they came", () => {
  const stage = aStage();

  stage.write("one", "two");
  stage.write("three");

  assert.deepEqual(shown(stage), ["one", "two", "three"]);
});

test("lines of one frame are taken in together", () => {
  const stage = aStage();

  for (let count = 0; count < 1_000; count += 1) stage.view.addLines([aLine(`${count}`)]);
  stage.frame();

  assert.equal(stage.frames(), 1);
  assert.equal(stage.view.shown().kept, 100);
});

test("the oldest lines fall out, and the view says since when it has them", () => {
  const stage = aStage(3);
  stage.view.addLines([aLine("a"), aLine("b")]);
  stage.view.addLines([aLine("c", { ts: "2026-05-04T12:01:00.000Z" }), aLine("d"), aLine("e")]);

  stage.frame();

  const { rows, dropped, from } = stage.view.shown();
  assert.deepEqual(texts(rows), ["c", "d", "e"]);
  assert.deepEqual([dropped, from], [2, "2026-05-04T12:01:00.000Z"]);
});

test("a paused view stands still while the buffer fills, and says how many wait", () => {
  const stage = aStage();
  stage.write("one");
  stage.view.freeze("paused");
  const before = stage.view.shown().rows;

  stage.write("two", "three");

  const { rows, held, frozen, kept } = stage.view.shown();
  assert.equal(rows, before);
  assert.deepEqual([held, frozen, kept], [2, "paused", 3]);
});

test("a paused view keeps its lines however many come", () => {
  const stage = aStage(3);
  stage.write("one", "two");
  stage.view.freeze("paused");

  stage.write("a", "b", "c", "d", "e");

  assert.deepEqual(shown(stage), ["one", "two"]);
});

test("going on shows what is there now, at once", () => {
  const stage = aStage(3);
  stage.write("one");
  stage.view.freeze("paused");
  stage.write("two", "three", "four", "five");

  stage.view.resume();

  const { held, frozen } = stage.view.shown();
  assert.deepEqual(shown(stage), ["three", "four", "five"]);
  assert.deepEqual([held, frozen], [0, null]);
});

test("a filter looks through the whole buffer, also of a view that is paused", () => {
  const stage = aStage();
  stage.write("apple", "pear");
  stage.view.freeze("paused");
  stage.write("apple pie");

  stage.view.setFilter({ ...EVERYTHING, text: "APPLE" });

  assert.deepEqual(shown(stage), ["apple"]);
  assert.equal(stage.view.shown().held, 1);
  stage.view.resume();
  assert.deepEqual(shown(stage), ["apple", "apple pie"]);
});

test("only lines that fit wait behind a paused view", () => {
  const stage = aStage();
  stage.view.setFilter({ ...EVERYTHING, text: "x" });
  stage.view.freeze("paused");

  stage.write("x1", "y", "x2");

  assert.equal(stage.view.shown().held, 2);
});

test("taking the filter away brings back what it hid", () => {
  const stage = aStage();
  stage.view.setFilter({ ...EVERYTHING, text: "x" });
  stage.write("x", "y");
  assert.deepEqual(shown(stage), ["x"]);

  stage.view.setFilter(EVERYTHING);

  assert.deepEqual(shown(stage), ["x", "y"]);
});

test("a pattern that cannot be used is told, and the filter before it holds", () => {
  const stage = aStage();
  stage.view.setFilter({ ...EVERYTHING, text: "x" });
  stage.write("x", "y");

  stage.view.setFilter({ ...EVERYTHING, text: "(x", isRegex: true });
  stage.write("x again", "(y");

  assert.equal(stage.view.shown().refused, "A ( is not closed.");
  assert.deepEqual(shown(stage), ["x", "x again"]);
});

test("levels, fields and patterns narrow together", () => {
  const stage = aStage();
  stage.view.setFilter({
    level: "warn",
    text: "status=5\\d\\d",
    isRegex: true,
    fields: [{ field: "requestId", value: "req_2" }],
  });
  stage.view.addLines([
    aLine("status=503", { level: "error", requestId: "req_2" }),
    aLine("status=503", { level: "info", requestId: "req_2" }),
    aLine("status=503", { level: "error", requestId: "req_1" }),
    aLine("status=404", { level: "error", requestId: "req_2" }),
    aLine("STATUS=500", { level: "WARNING", requestId: "req_2" }),
  ]);

  stage.frame();

  assert.deepEqual(shown(stage), ["status=503", "STATUS=500"]);
});

test("a gap is shown whatever the filter", () => {
  const stage = aStage();
  stage.view.setFilter({ ...EVERYTHING, text: "nothing" });

  stage.view.addMark("gap", "37 lines not kept", "2026-05-04T12:00:00.000Z");
  stage.frame();

  assert.deepEqual(shown(stage), ["[37 lines not kept]"]);
});

test("a tab without frames holds no more than twice the bound", () => {
  const stage = aStage(10);

  for (let count = 0; count < 500; count += 1) stage.view.addLines([aLine(`${count}`)]);
  stage.frame();

  const { rows, dropped } = stage.view.shown();
  assert.deepEqual(texts(rows).at(-1), "499");
  assert.deepEqual([rows.length, dropped], [10, 490]);
});

test("clearing empties the view and goes on", () => {
  const stage = aStage();
  stage.write("one");
  stage.view.freeze("paused");

  stage.view.clear();
  stage.write("two");

  assert.deepEqual(shown(stage), ["two"]);
});

test("listeners hear of every change until they leave", () => {
  const stage = aStage();
  let heard = 0;
  const leave = stage.view.subscribe(() => {
    heard += 1;
  });
  stage.write("one");
  leave();

  stage.write("two");

  assert.equal(heard, 1);
});
