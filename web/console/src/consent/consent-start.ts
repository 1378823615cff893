/** What is chosen before somebody decides: what is known is granted, what is unknown waits for an answer. */

import { askedOf } from "./capability-words.ts";
import type { ConsentChoice, Decision } from "./consent-choice.ts";
import type { ManifestFacts } from "./manifest-facts.ts";

export function consentStart(facts: ManifestFacts): ConsentChoice {
  const known = askedOf(facts.capabilities).filter(({ risk }) => risk !== "unknown");
  return {
    decisions: Object.fromEntries(known.map(({ name }) => [name, "granted" satisfies Decision])),
    hosts: facts.hosts,
  };
}

/** Decisions of a present install, as far as the version still asks. */
export function consentOf(
  grants: readonly string[],
  denied: readonly string[],
  hosts: readonly string[],
): ConsentChoice {
  const pairs = (names: readonly string[], decision: Decision) =>
    names.map((name) => [name, decision] as const);
  return { decisions: Object.fromEntries([...pairs(grants, "granted"), ...pairs(denied, "refused")]), hosts };
}
