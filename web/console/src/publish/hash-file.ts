import { Sha256 } from "./sha256.ts";

const PART_BYTES = 1024 * 1024;

/** Hashes a file part by part, so that the page stays alive; says how far it is. Throws when it is cancelled. */
export async function hashFile(
  file: Blob,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += PART_BYTES) {
    signal.throwIfAborted();
    hash.update(new Uint8Array(await file.slice(at, at + PART_BYTES).arrayBuffer()));
    onProgress(Math.min(at + PART_BYTES, file.size));
  }
  return `sha256:${hash.hex()}`;
}
