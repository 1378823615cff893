/** The one verdict on a version: every list and page shows the object that this function returns. */

import type { Proof } from "./proof.ts";
import type { SignerFacts } from "./signer-facts.ts";
import type { VersionFacts } from "./version-facts.ts";

export type BadgeState = "signed" | "unsigned" | "key-revoked" | "failed" | "unchecked";

export interface ProofBadge {
  readonly state: BadgeState;
  readonly label: string;
  readonly tone: "neutral" | "success" | "warning" | "danger";
  readonly sentence: string;
  /** Whether the version may be installed as far as proofs go. */
  readonly mayInstall: boolean;
  /** Every bundle that the log names for the version; empty where it was not read. */
  readonly bundles: readonly string[];
}

export function proofBadge(facts: VersionFacts, proof: Proof, signer: SignerFacts | null): ProofBadge {
  return { ...verdict(facts, proof, signer), bundles: proof.kind === "held" ? proof.bundles : [] };
}

function verdict(facts: VersionFacts, proof: Proof, signer: SignerFacts | null): Omit<ProofBadge, "bundles"> {
  const publisher = facts.extension.split("/", 1)[0] ?? "the publisher";
  if (proof.kind === "broken") {
    return {
      state: "failed",
      label: "Verification failed",
      tone: "danger",
      sentence: `${proof.reason} Do not install this version. Tell whoever runs this platform.`,
      mayInstall: false,
    };
  }
  if (proof.kind === "unchecked") {
    return {
      state: "unchecked",
      label: "Not checked",
      tone: "neutral",
      sentence: `${proof.reason} Refresh, or run annex verify.`,
      mayInstall: true,
    };
  }
  const logged = `This browser checked that the log holds them as entry ${proof.index} of ${proof.treeSize}.`;
  if (facts.signer === null || facts.imported) {
    return {
      state: "unsigned",
      label: "Unsigned",
      tone: "neutral",
      sentence: `Nobody signed this version. Its bytes are still fixed and logged. ${logged}`,
      mayInstall: true,
    };
  }
  if (signer?.revokedAt != null) {
    return {
      state: "key-revoked",
      label: "Signed by a key since revoked",
      tone: "warning",
      sentence:
        `The key ${facts.signer} counted when the version was published and was revoked on ` +
        `${day(signer.revokedAt)}. ${logged}`,
      mayInstall: true,
    };
  }
  return {
    state: "signed",
    label: `Signed by ${facts.signer}`,
    tone: "success",
    sentence:
      `This platform checked that key ${facts.signer}, which ${publisher} registered, signed exactly these ` +
      `bytes. ${logged}`,
    mayInstall: true,
  };
}

function day(time: string): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" }).format(new Date(time));
}
