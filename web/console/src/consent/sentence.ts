/** Writes one of the sentences that the CLI says too, with its facts. */

import { SENTENCES } from "./capability-words.ts";

export type SentenceName = keyof typeof SENTENCES;

export function sentence(name: SentenceName, facts: Readonly<Record<string, string | number>> = {}): string {
  return SENTENCES[name].replace(/\{(\w+)\}/gu, (_, fact: string) => String(facts[fact] ?? ""));
}
