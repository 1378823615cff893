/** What an upgrade changes of an extension's rights, in the four groups somebody decides by. */

import { askedOf, isGrantedAnyway, shortName, wordsOf } from "./capability-words.ts";
import { HTTP_FETCH } from "./consent-choice.ts";
import { type ManifestFacts, scopeOf } from "./manifest-facts.ts";

export interface RightChange {
  readonly capability: string;
  readonly sentence: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface VersionDifference {
  readonly added: readonly RightChange[];
  readonly widened: readonly RightChange[];
  readonly narrowed: readonly RightChange[];
  readonly removed: readonly RightChange[];
  readonly unchanged: readonly RightChange[];
  /** What nobody has to agree to: endpoints, age of secrets, who meets it. */
  readonly notes: readonly string[];
  /** Hosts declared for the first time; they stay closed until somebody names them. */
  readonly newHosts: readonly string[];
}

type Group = "added" | "widened" | "narrowed" | "removed" | "unchanged";

export function differenceOf(before: ManifestFacts, after: ManifestFacts): VersionDifference {
  const groups: Record<Group, RightChange[]> = {
    added: [],
    widened: [],
    narrowed: [],
    removed: [],
    unchanged: [],
  };
  for (const { name } of askedOf([...before.capabilities, ...after.capabilities])) {
    for (const [group, change] of changesOf(name, before, after)) groups[group].push(change);
  }
  return { ...groups, notes: notesOf(before, after), newHosts: newOf(before.hosts, after.hosts) };
}

/** Whether somebody has to agree: something is asked for anew that nobody decided, or reaches further. */
export function needsConsent(difference: VersionDifference, decided: readonly string[]): boolean {
  const isNew = difference.added.some(({ capability }) => !decided.includes(capability));
  return isNew || difference.widened.length > 0;
}

function changesOf(
  name: string,
  before: ManifestFacts,
  after: ManifestFacts,
): readonly [Group, RightChange][] {
  const was = before.capabilities.includes(name);
  const is = after.capabilities.includes(name);
  const change: RightChange = {
    capability: name,
    sentence: capabilitySentence(name),
    before: was ? scopeOf(name, before) : [],
    after: is ? scopeOf(name, after) : [],
  };
  if (!was) return [["added", change]];
  if (!is) return [["removed", change]];
  const wider = newOf(change.before, change.after).length > 0;
  const narrower = newOf(change.after, change.before).length > 0;
  if (!wider && !narrower) return [["unchanged", change]];
  // Where some hosts come and others go it reaches further: that is what has to be seen.
  return [[wider ? "widened" : "narrowed", change]];
}

/** "call other servers, those its manifest names and you allow". */
export function capabilitySentence(name: string): string {
  const { verb, object } = wordsOf(name);
  return `${verb} ${object}`;
}

/** "1.4.0 asks for one new right. 1.3.2 keeps running until you decide." */
export function waitingSentence(next: string, present: string, count: number): string {
  const rights = count === 1 ? "one new right" : `${count} new rights`;
  return `${next} asks for ${rights}. ${present} keeps running until you decide.`;
}

/** Everything that is new or wider, counted as the banner counts. */
export function newRights(difference: VersionDifference, decided: readonly string[]): number {
  const added = difference.added.filter(({ capability }) => !decided.includes(capability));
  return added.length + difference.widened.length;
}

function notesOf(before: ManifestFacts, after: ManifestFacts): readonly string[] {
  const names = (facts: ManifestFacts) => facts.endpoints.map(({ method, path }) => `${method} ${path}`);
  const notes = [
    ...newOf(names(before), names(after)).map((name) => `Answers ${name} from now on.`),
    ...newOf(names(after), names(before)).map((name) => `Answers ${name} no more.`),
    ...after.capabilities
      .filter((name) => isGrantedAnyway(name) && !before.capabilities.includes(name))
      .map((name) => `Uses ${shortName(name)}, which every install has.`),
  ];
  if (before.secretMaxAgeDays !== after.secretMaxAgeDays) notes.push(ageNote(after.secretMaxAgeDays));
  if (before.clientPortalLabel === null && after.clientPortalLabel !== null)
    notes.push("Users of your clients can open it from now on.");
  if (before.clientPortalLabel !== null && after.clientPortalLabel === null)
    notes.push("Users of your clients cannot open it any more.");
  // Hosts without the capability to call them open nothing.
  if (!after.capabilities.includes(HTTP_FETCH) && after.hosts.length > 0)
    notes.push("Names hosts, but does not ask to call other servers.");
  return notes;
}

function ageNote(days: number | null): string {
  return days === null
    ? "Its secrets have no greatest age any more."
    : `Its secrets are overdue after ${days} days.`;
}

function newOf(before: readonly string[], after: readonly string[]): readonly string[] {
  return after.filter((item) => !before.includes(item));
}
