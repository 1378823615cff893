/** What somebody decided of what a version asks for, and what still stands between them and the button. */

import { askedOf, isGrantedAnyway } from "./capability-words.ts";

export type Decision = "granted" | "refused";

export interface ConsentChoice {
  readonly decisions: Readonly<Record<string, Decision>>;
  /** Hosts it may call, of those its manifest names. */
  readonly hosts: readonly string[];
}

export const HTTP_FETCH = "cap:http.fetch";

export function decide(choice: ConsentChoice, capability: string, decision: Decision): ConsentChoice {
  return { ...choice, decisions: { ...choice.decisions, [capability]: decision } };
}

export function allowHost(choice: ConsentChoice, host: string, isAllowed: boolean): ConsentChoice {
  const others = choice.hosts.filter((one) => one !== host);
  return { ...choice, hosts: isAllowed ? [...others, host] : others };
}

/** The lists as the platform takes them: together they name everything the version asks for. */
export function listsOf(
  choice: ConsentChoice,
  capabilities: readonly string[],
): { grants: string[]; denied: string[] } {
  const asked = askedOf(capabilities).map(({ name }) => name);
  const granted = asked.filter((name) => choice.decisions[name] === "granted");
  return {
    grants: [...granted, ...capabilities.filter(isGrantedAnyway)],
    denied: asked.filter((name) => choice.decisions[name] === "refused"),
  };
}

export function undecidedOf(choice: ConsentChoice, capabilities: readonly string[]): readonly string[] {
  return askedOf(capabilities)
    .map(({ name }) => name)
    .filter((name) => choice.decisions[name] === undefined);
}

export function grantedCount(choice: ConsentChoice, capabilities: readonly string[]): number {
  return askedOf(capabilities).filter(({ name }) => choice.decisions[name] === "granted").length;
}

/** The button says what it gives away: "Grant 3 and install". */
export function consentVerb(count: number, verb: string): string {
  return count === 0 ? verb : `Grant ${count} and ${verb.toLowerCase()}`;
}
