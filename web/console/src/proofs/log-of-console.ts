/** The one reader of the log in this page, with the key that the gateway's page pins; null without a key. */

import { ask } from "../api/ask.ts";
import { readConfig } from "../config.ts";
import type { Bytes } from "../log/bytes.ts";
import { LogReader } from "../log/log-reader.ts";
import { browserLogMemory } from "../log/remembered-log.ts";

const { log: pinned } = readConfig();

export const logReader = pinned && new LogReader(pinned.vkey, readLog, browserLogMemory);

async function readLog(path: string): Promise<Bytes> {
  // The checkpoint is asked of the gateway itself: a copy of a cache would be as old as it likes.
  const cache = path === "checkpoint" ? "no-cache" : "default";
  return new Uint8Array(await (await ask(`/log/${path}`, { cache })).arrayBuffer());
}
