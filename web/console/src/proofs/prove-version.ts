/** Recomputes that the log holds exactly this version with exactly these bytes. */

import { ApiError } from "../api/api-error.ts";
import type { Checkpoint } from "../log/checkpoint.ts";
import { versionEntry } from "../log/entry.ts";
import { LogBroken } from "../log/log-broken.ts";
import type { LogReader } from "../log/log-reader.ts";
import type { Proof } from "./proof.ts";
import type { VersionFacts } from "./version-facts.ts";

/** Never throws: what could not be found out is `unchecked`, what does not hold is `broken`. */
export async function proveVersion(
  facts: VersionFacts,
  log: LogReader,
  newest: () => Promise<Checkpoint>,
): Promise<Proof> {
  if (facts.logIndex === null) {
    return { kind: "unchecked", reason: "This registry keeps no transparency log for the version." };
  }
  try {
    const checkpoint = await newest();
    if (facts.logIndex >= checkpoint.size) {
      return {
        kind: "unchecked",
        reason: "The log has not signed the version's entry yet. Refresh in a moment.",
      };
    }
    const entry = versionEntry(await log.entry(facts.logIndex, checkpoint));
    requireSame("extension", entry.extension, facts.extension);
    requireSame("version", entry.version, facts.version);
    requireSame("content hash", entry.bundles[0] ?? "none", facts.contentHash);
    requireSame("signer", entry.signer ?? "none", facts.signer ?? "none");
    return {
      kind: "held",
      index: facts.logIndex,
      treeSize: checkpoint.size,
      time: entry.time,
      bundles: entry.bundles,
    };
  } catch (error) {
    return proofOf(error);
  }
}

function requireSame(what: string, logged: string, shown: string): void {
  if (logged !== shown) throw new LogBroken(`The log names another ${what} than the registry: ${logged}.`);
}

function proofOf(error: unknown): Proof {
  if (error instanceof LogBroken) return { kind: "broken", reason: error.message };
  if (error instanceof ApiError)
    return { kind: "unchecked", reason: `The log could not be read: ${error.message}` };
  if (error instanceof DOMException && error.name === "NotSupportedError") {
    return { kind: "unchecked", reason: "This browser cannot verify Ed25519 signatures." };
  }
  return { kind: "broken", reason: "What the log sent cannot be read." };
}
