import assert from "node:assert/strict";
import { test } from "node:test";
import { LogBroken } from "../../src/log/log-broken.ts";
import { LogReader } from "../../src/log/log-reader.ts";
import { goldenText } from "./golden.ts";
import { memoryOf, storedLog, VKEY } from "./stored-log.ts";

const older = { vkey: VKEY, note: goldenText("annex-log1/checkpoint-2.txt") };

test("an entry is read that the checkpoint's root shows", async () => {
  const reader = new LogReader(VKEY, storedLog(), memoryOf());

  const entry = await reader.entry(1, await reader.checkpoint());

  assert.equal(new TextDecoder().decode(entry), goldenText("annex-log1/entry-1.txt"));
});

test("one byte flipped in any file of the log is noticed", async () => {
  for (const flip of [
    { path: "checkpoint", at: 40 },
    { path: "tile/0/000.p/3", at: 70 },
    { path: "tile/entries/000.p/3", at: 400 },
  ]) {
    const reader = new LogReader(VKEY, storedLog(flip), memoryOf());
    const entries = reader.checkpoint().then((checkpoint) => reader.entry(1, checkpoint));

    await assert.rejects(entries, LogBroken, flip.path);
  }
});

test("a log that goes on from the last checkpoint seen is followed, and remembered", async () => {
  const memory = memoryOf(older);

  await new LogReader(VKEY, storedLog(), memory).checkpoint();

  assert.equal(memory.seen?.note, goldenText("annex-log1/checkpoint-3.txt"));
});

test("a log that is shorter than this browser saw it is refused, and the longer one stays remembered", async () => {
  const memory = memoryOf({ vkey: VKEY, note: goldenText("annex-log1/checkpoint-3.txt") });
  const rolledBack = new LogReader(
    VKEY,
    () => Promise.resolve(new TextEncoder().encode(goldenText("annex-log1/checkpoint-1.txt"))),
    memory,
  );

  await assert.rejects(rolledBack.checkpoint(), /3 before: it was rolled back/);
  assert.equal(memory.seen?.note, goldenText("annex-log1/checkpoint-3.txt"));
});

test("a log whose hashes do not lead from the last checkpoint seen is refused", async () => {
  const reader = new LogReader(VKEY, storedLog({ path: "tile/0/000.p/3", at: 66 }), memoryOf(older));

  await assert.rejects(reader.checkpoint(), LogBroken);
});

test("a log under another key than before is refused until one starts anew", async () => {
  const memory = memoryOf({ ...older, vkey: "registry.example/annex/log1+00000000+AAAA" });
  const reader = new LogReader(VKEY, storedLog(), memory);

  await assert.rejects(reader.checkpoint(), /key is another/);
  reader.startAnew();

  assert.equal((await reader.checkpoint()).size, 3);
});
