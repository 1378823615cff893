/** The log of the test vectors as a reader finds it, with what a test changes about it. */

import type { ReadLog } from "../../src/log/log-reader.ts";
import type { LogMemory, RememberedLog } from "../../src/log/remembered-log.ts";
import { goldenBytes, goldenJson } from "./golden.ts";

const FILES: Record<string, string> = {
  checkpoint: "checkpoint-3.txt",
  "tile/0/000.p/3": "tile-0-000.p-3.bin",
  "tile/entries/000.p/3": "tile-entries-000.p-3.bin",
};

export const VKEY = goldenJson<Record<string, string>>("annex-log1/keys.json")["log_vkey"] ?? "";

/** Serves the log's files; `flip` changes one byte of one of them. */
export function storedLog(flip?: { path: string; at: number }): ReadLog {
  return (path) => {
    const bytes = goldenBytes(`annex-log1/${FILES[path]}`);
    if (path === flip?.path) bytes[flip.at] = (bytes[flip.at] ?? 0) ^ 1;
    return Promise.resolve(bytes);
  };
}

export function memoryOf(first: RememberedLog | null = null): LogMemory & { seen: RememberedLog | null } {
  const memory = {
    seen: first,
    recall: () => memory.seen,
    remember: (_: string, seen: RememberedLog) => {
      memory.seen = seen;
    },
    forget: () => {
      memory.seen = null;
    },
  };
  return memory;
}
