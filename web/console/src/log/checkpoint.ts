/** A log's signed statement of its size and root (c2sp.org/tlog-checkpoint), read only if the pinned key signed. */

import { type Bytes, fromBase64 } from "./bytes.ts";
import { LogBroken } from "./log-broken.ts";
import { isMadeBy, type NoteKey, verifies } from "./note-key.ts";

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

const KEY_ID_SIZE = 4;
const HASH_SIZE = 32;
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

/** Opens a signed note. Throws LogBroken for anything that the key did not sign, whole and unchanged. */
export async function openCheckpoint(note: string, key: NoteKey): Promise<Checkpoint> {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) throw new LogBroken("The checkpoint is no signed note.");
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split("\n");
  const own = lines.map(signatureOf).filter(({ name, keyId }) => isMadeBy(key, name, keyId));
  if (own.length === 0) throw new LogBroken("The checkpoint is not signed by the log's pinned key.");
  for (const { signature } of own) {
    if (!(await verifies(key, text, signature))) throw new LogBroken("The checkpoint's signature is false.");
  }
  return bodyOf(text, key.name);
}

function signatureOf(line: string): { name: string; keyId: Bytes; signature: Bytes } {
  const [, name = "", encoded = ""] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
  const material = fromBase64(encoded);
  if (material === null || material.length <= KEY_ID_SIZE) {
    throw new LogBroken("A line after the checkpoint is no signature.");
  }
  return { name, keyId: material.slice(0, KEY_ID_SIZE), signature: material.slice(KEY_ID_SIZE) };
}

function bodyOf(text: string, name: string): Checkpoint {
  const [origin = "", size = "", encoded = ""] = text.split("\n");
  const root = fromBase64(encoded);
  if (origin !== name) throw new LogBroken("The checkpoint is of another log than the key.");
  if (!DECIMAL.test(size) || !Number.isSafeInteger(Number(size)) || root?.length !== HASH_SIZE) {
    throw new LogBroken("The checkpoint's size or root cannot be read.");
  }
  return { origin, size: Number(size), root };
}
