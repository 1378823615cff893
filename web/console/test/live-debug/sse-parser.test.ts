import assert from "node:assert/strict";
import { test } from "node:test";
import { SseParser } from "../../src/live-debug/sse-parser.ts";

const STREAM =
  'retry: 2000\n: request req_1\n\nid: 1-0\ndata: {"a":1}\n\n: heartbeat\n\nid: 2-0\r\ndata: one\r\ndata: two\r\n\r\nevent: end\rdata: x\r\r';
const EVENTS = [
  { id: "1-0", event: "message", data: '{"a":1}' },
  { id: "2-0", event: "message", data: "one\ntwo" },
  { id: "2-0", event: "end", data: "x" },
];

test("a stream is read whole, comments and other fields left out", () => {
  assert.deepEqual(new SseParser().push(STREAM), EVENTS);
});

test("pieces of every size make the same events", () => {
  for (let size = 1; size < 40; size += 1) {
    const parser = new SseParser();
    const events = [];
    for (let at = 0; at < STREAM.length; at += size) events.push(...parser.push(STREAM.slice(at, at + size)));
    assert.deepEqual(events, EVENTS, `pieces of ${size}`);
  }
});

test("an event that has not ended yet is not told", () => {
  const parser = new SseParser();

  assert.deepEqual(parser.push("id: 3-0\ndata: half"), []);
  assert.deepEqual(parser.push(" of it\n\n"), [{ id: "3-0", event: "message", data: "half of it" }]);
});

test("an event without data moves the place all the same", () => {
  const parser = new SseParser();
  parser.push("id: 4-0\n\n");

  assert.deepEqual(parser.push("data: x\n\n"), [{ id: "4-0", event: "message", data: "x" }]);
});

test("a line without end is dropped, and what follows is read", () => {
  const parser = new SseParser();
  for (let count = 0; count < 12; count += 1) parser.push(`data: ${"x".repeat(100_000)}`);

  assert.deepEqual(parser.push("\n\ndata: next\n\n"), [{ id: null, event: "message", data: "next" }]);
});
