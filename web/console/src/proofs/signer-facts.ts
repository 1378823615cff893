/** What is known of the key that signed a version. */
export interface SignerFacts {
  readonly keyId: string;
  readonly validSince: string | null;
  readonly revokedAt: string | null;
}
