/** Compares a list of versions with all that the log holds about the extension. */

import { type VersionEntry, versionEntry } from "./entry.ts";
import { LogBroken } from "./log-broken.ts";

export interface ListedVersion {
  readonly version: string;
  readonly contentHash: string;
}

/** Throws LogBroken unless the list has exactly the versions that the entries name, with the same hashes. */
export function requireComplete(
  extension: string,
  listed: readonly ListedVersion[],
  entries: readonly Uint8Array[],
): void {
  const logged = new Map<string, string>();
  for (const { version, bundles } of entries
    .flatMap(published)
    .filter((entry) => entry.extension === extension)) {
    if (logged.has(version)) throw new LogBroken(`The log names version ${version} twice.`);
    logged.set(version, bundles[0] ?? "");
  }
  for (const { version, contentHash } of listed) {
    const hash = logged.get(version);
    if (hash === undefined) throw new LogBroken(`The list has version ${version}, and the log has not.`);
    if (hash !== contentHash)
      throw new LogBroken(`The log names another content hash for version ${version}.`);
    logged.delete(version);
  }
  const [hidden] = logged.keys();
  if (hidden !== undefined) throw new LogBroken(`The log has version ${hidden}, and the list hides it.`);
}

/** Entries about anything else than a publication say nothing about which versions there are. */
function published(entry: Uint8Array): VersionEntry[] {
  try {
    return [versionEntry(entry)];
  } catch (error) {
    if (error instanceof LogBroken) return [];
    throw error;
  }
}
