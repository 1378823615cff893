/** The public key of a log, `<name>+<key id>+<base64 of type and key>`, as it is pinned. */

import { areEqual, type Bytes, concatenated, fromBase64, sha256, toHex } from "./bytes.ts";

const ED25519 = 1;
const KEY_ID_SIZE = 4;
const KEY_SIZE = 32;

export interface NoteKey {
  readonly name: string;
  readonly keyId: Bytes;
  readonly raw: Bytes;
}

/** Reads a key; null for what is none, or for one whose id is not that of its name and bytes. */
export async function noteKey(text: string): Promise<NoteKey | null> {
  const [name = "", id = "", ...rest] = text.split("+");
  const material = fromBase64(rest.join("+"));
  if (
    material === null ||
    material[0] !== ED25519 ||
    material.length !== 1 + KEY_SIZE ||
    /\s|^$/.test(name)
  ) {
    return null;
  }
  const named = concatenated(new TextEncoder().encode(`${name}\n`), material);
  const keyId = (await sha256(named)).slice(0, KEY_ID_SIZE);
  return toHex(keyId) === id ? { name, keyId, raw: material.slice(1) } : null;
}

export async function verifies(key: NoteKey, text: string, signature: Bytes): Promise<boolean> {
  const imported = await crypto.subtle.importKey("raw", key.raw, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, new TextEncoder().encode(text));
}

export function isMadeBy(key: NoteKey, name: string, keyId: Bytes): boolean {
  return key.name === name && areEqual(key.keyId, keyId);
}
