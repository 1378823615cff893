import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64 } from "../../src/log/bytes.ts";
import { openCheckpoint } from "../../src/log/checkpoint.ts";
import { LogBroken } from "../../src/log/log-broken.ts";
import { noteKey, verifies } from "../../src/log/note-key.ts";
import { goldenJson, goldenText } from "./golden.ts";

const { log_vkey: vkey, witness_vkey: witness } = goldenJson<Record<string, string>>("annex-log1/keys.json");
const note = goldenText("annex-log1/checkpoint-3.txt");
const key = async () => (await noteKey(vkey ?? "")) ?? assert.fail();

test("the checkpoint of the test vectors opens with the log's key", async () => {
  const { origin, size } = await openCheckpoint(note, await key());

  assert.equal(origin, "registry.example/annex/log1");
  assert.equal(size, 3);
});

test("any byte of a checkpoint that is changed makes it worthless", async () => {
  const known = await key();
  for (let at = 0; at < note.length; at += 1) {
    const changed = `${note.slice(0, at)}${note[at] === "4" ? "5" : "4"}${note.slice(at + 1)}`;
    await assert.rejects(openCheckpoint(changed, known), LogBroken, `changed at ${at}`);
  }
});

test("a checkpoint that only a stranger signed is refused", async () => {
  const [text = ""] = note.split("\n\n");
  const stranger = `${text}\n\n\u2014 other.example/log AAAAAAA=\n`;

  await assert.rejects(openCheckpoint(stranger, await key()), LogBroken);
});

test("a key whose id is not that of its name and bytes is none", async () => {
  assert.equal(await noteKey((vkey ?? "").replace("7823065d", "7823065e")), null);
  assert.equal(await noteKey((vkey ?? "").replace("log1+", "log2+")), null);
  assert.equal(await noteKey(witness ?? ""), null);
  assert.equal(await noteKey(""), null);
});

test("the notes of other programs verify", async () => {
  const notes = goldenJson<{ verifier_key: string; text: string; note: string }[]>("notes.json");
  for (const each of notes) {
    const known = (await noteKey(each.verifier_key)) ?? assert.fail();
    const material = fromBase64(each.note.trimEnd().split(" ").at(-1) ?? "") ?? assert.fail();

    assert.equal(await verifies(known, each.text, material.slice(4)), true);
    assert.equal(await verifies(known, `${each.text} `, material.slice(4)), false);
  }
});

test("base64 has one spelling", () => {
  assert.deepEqual(fromBase64("AQI="), Uint8Array.of(1, 2));
  for (const other of ["AQI", "AQJ=", "AQ I=", "AQ-=", "=", "AQI=AQI="])
    assert.equal(fromBase64(other), null);
});
