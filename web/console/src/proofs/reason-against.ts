import type { ProofBadge } from "./badge.ts";

/** Why a version may be neither installed nor upgraded to; null where proofs do not stand against it. */
export function reasonAgainst(version: string, badge: ProofBadge | null | undefined): string | null {
  if (!badge || badge.mayInstall) return null;
  return `Verification of version ${version} failed. ${badge.sentence}`;
}
