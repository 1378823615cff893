import type { VersionRow } from "../installs/types.ts";
import type { VersionFacts } from "../proofs/version-facts.ts";

/** What a row of the listing claims, to be compared with the log. */
export function factsOfRow(extension: string, row: VersionRow): VersionFacts {
  return {
    extension,
    version: row.version,
    contentHash: row.content_hash,
    signer: row.signer,
    logIndex: row.log_index,
    imported: row.imported,
  };
}
