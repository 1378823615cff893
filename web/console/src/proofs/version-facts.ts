/** What the registry says of a version and the proof is about. */
export interface VersionFacts {
  /** `publisher/name`. */
  readonly extension: string;
  readonly version: string;
  readonly contentHash: string;
  /** The key that signed, as the registry says; null for none. */
  readonly signer: string | null;
  readonly logIndex: number | null;
  readonly imported: boolean;
}
