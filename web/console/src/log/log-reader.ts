/** Reads the log from `/log/*` and believes nothing of it that the pinned key and the hashes do not show. */

import { areEqual, type Bytes } from "./bytes.ts";
import { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
import { LogBroken } from "./log-broken.ts";
import { joined, leafHash, rootOf, verifyConsistency, verifyInclusion } from "./merkle.ts";
import { type NoteKey, noteKey } from "./note-key.ts";
import type { LogMemory } from "./remembered-log.ts";
import {
  entriesTileHolding,
  entryIn,
  hashIn,
  TILE_WIDTH,
  type Tile,
  tileHolding,
  tilePath,
} from "./tiles.ts";
import { completeSubtrees, pathToLeaf, pathToPrefix, type Sibling } from "./tree-shape.ts";

/** Fetches a path below `/log/`. Throws ApiError where that fails. */
export type ReadLog = (path: string) => Promise<Bytes>;

const TILES_KEPT = 200;

export class LogReader {
  readonly #read: ReadLog;
  readonly #memory: LogMemory;
  readonly #vkey: string;
  readonly #tiles = new Map<string, Promise<Bytes>>();

  constructor(vkey: string, read: ReadLog, memory: LogMemory) {
    this.#vkey = vkey;
    this.#read = read;
    this.#memory = memory;
  }

  /** The newest checkpoint, once it follows the last one seen here. Throws LogBroken, ApiError. */
  async checkpoint(): Promise<Checkpoint> {
    const key = await noteKey(this.#vkey);
    if (key === null) throw new LogBroken("The log's pinned key cannot be read.");
    const note = new TextDecoder().decode(await this.#read("checkpoint"));
    const newest = await openCheckpoint(note, key);
    await this.#follow(newest, key);
    this.#memory.remember(key.name, { vkey: this.#vkey, note });
    return newest;
  }

  /** The entry at an index, once the checkpoint's root shows that it stands there. Throws LogBroken, ApiError. */
  async entry(index: number, checkpoint: Checkpoint): Promise<Bytes> {
    const { size } = checkpoint;
    if (index >= size) throw new LogBroken(`The log has ${size} entries and none with the index ${index}.`);
    const [tile, proof] = await Promise.all([
      this.#tile(entriesTileHolding(index, size)),
      this.#hashes(pathToLeaf(index, size), size),
    ]);
    const entry = entryIn(tile, index);
    await verifyInclusion(index, await leafHash(entry), proof, checkpoint);
    return entry;
  }

  /** Every entry, once all of them together make the checkpoint's root. Throws LogBroken, ApiError. */
  async entries({ size, root }: Checkpoint): Promise<readonly Bytes[]> {
    const found: Bytes[] = [];
    for (let first = 0; first < size; first += TILE_WIDTH) {
      const bytes = await this.#tile(entriesTileHolding(first, size));
      const last = Math.min(first + TILE_WIDTH, size);
      for (let leaf = first; leaf < last; leaf += 1) found.push(entryIn(bytes, leaf));
    }
    const computed = await rootOf(await Promise.all(found.map(leafHash)));
    if (!areEqual(computed, root))
      throw new LogBroken("The log's entries do not make the root that was signed.");
    return found;
  }

  /** Lets the next checkpoint be the first one seen; for a log that was rightly begun anew. */
  startAnew(): void {
    this.#memory.forget(this.#vkey.split("+", 1)[0] ?? "");
  }

  async #follow(newest: Checkpoint, key: NoteKey): Promise<void> {
    const seen = this.#memory.recall(key.name);
    if (seen === null) return;
    if (seen.vkey !== this.#vkey)
      throw new LogBroken("The log's key is another than this browser saw before.");
    const last = await openCheckpoint(seen.note, key);
    if (newest.size < last.size) {
      throw new LogBroken(
        `The log has ${newest.size} entries. This browser saw it with ${last.size} before: it was rolled back.`,
      );
    }
    if (newest.size === last.size && areEqual(newest.root, last.root)) return;
    if (last.size === 0) return;
    const { seam, siblings } = pathToPrefix(last.size, newest.size);
    const spans = seam.start === 0 ? siblings : [seam, ...siblings];
    await verifyConsistency(last, newest, await this.#hashes(spans, newest.size));
  }

  #hashes(spans: readonly Sibling[], size: number): Promise<Bytes[]> {
    return Promise.all(
      spans.map(async ({ start, end }) => {
        const subtrees = completeSubtrees(start, end);
        return joined(await Promise.all(subtrees.map((each) => this.#hash(each, size))));
      }),
    );
  }

  async #hash(subtree: { height: number; index: number }, size: number): Promise<Bytes> {
    const tile = tileHolding(subtree, size);
    return hashIn(await this.#tile(tile), subtree, tile);
  }

  #tile(tile: Tile): Promise<Bytes> {
    const path = tilePath(tile);
    const known = this.#tiles.get(path);
    if (known !== undefined) return known;
    const asked = this.#read(path);
    asked.catch(() => this.#tiles.delete(path));
    this.#tiles.set(path, asked);
    const [oldest] = this.#tiles.keys();
    if (this.#tiles.size > TILES_KEPT && oldest !== undefined) this.#tiles.delete(oldest);
    return asked;
  }
}
