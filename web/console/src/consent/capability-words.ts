/** What each capability means, in the words the CLI uses too: both read one file. */

import document from "../../../../shared/src/annex_shared/capability_words.json";

export type Risk = keyof typeof document.risks;

export interface CapabilityWords {
  readonly name: string;
  readonly verb: string;
  readonly object: string;
  readonly risk: Risk;
}

interface Row {
  readonly name: string;
  readonly verb: string;
  readonly object: string;
  readonly risk: string;
}

const PREFIX = "cap:";
const asked = document.capabilities.map(wordsOfRow);
const anyway = document.granted_anyway.map(wordsOfRow);

export const SENTENCES = document.sentences;

export function riskLabel(risk: Risk): string {
  return document.risks[risk];
}

/** A capability that stands in no list may be anything: it is named as such and read first. */
export function wordsOf(name: string): CapabilityWords {
  const known = asked.find((words) => words.name === name) ?? anyway.find((words) => words.name === name);
  return known ?? wordsOfRow({ name, ...document.unknown });
}

/** Those that every install has without a question. */
export function isGrantedAnyway(name: string): boolean {
  return anyway.some((words) => words.name === name);
}

/** Each capability that somebody has to agree to, once, in order of risk. */
export function askedOf(capabilities: readonly string[]): readonly CapabilityWords[] {
  const names = [...new Set(capabilities)].filter((name) => !isGrantedAnyway(name));
  return names.map(wordsOf).sort((one, other) => place(one) - place(other));
}

/** `http.fetch` for `cap:http.fetch`, as flags of the CLI take it. */
export function shortName(name: string): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
}

function place(words: CapabilityWords): number {
  return asked.findIndex((one) => one.name === words.name);
}

function wordsOfRow(row: Row): CapabilityWords {
  return { ...row, risk: isRisk(row.risk) ? row.risk : "unknown" };
}

function isRisk(text: string): text is Risk {
  return text in document.risks;
}
