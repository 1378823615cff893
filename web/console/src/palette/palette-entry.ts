/** One thing the palette offers: somewhere to go, or something to do. */

import type { AnnexCommand } from "../commands/annex-command.ts";

export interface PaletteEntry {
  readonly id: string;
  readonly label: string;
  /** What it is called in a terminal; copied instead of done. */
  readonly command?: AnnexCommand;
  readonly run: () => void;
}

/** Entries that hold every word of a question, the best first: those that begin with it. */
export function matching(entries: readonly PaletteEntry[], question: string, most: number): PaletteEntry[] {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.flatMap((entry, place) => {
    const text = textOf(entry);
    return words.every((word) => text.includes(word)) ? [{ entry, place, rank: rankOf(text, words) }] : [];
  });
  return found
    .toSorted((a, b) => a.rank - b.rank || a.place - b.place)
    .slice(0, most)
    .map(({ entry }) => entry);
}

function textOf({ label, command }: PaletteEntry): string {
  return `${label} ${command === undefined ? "" : `annex ${command.join(" ")}`}`.toLowerCase();
}

function rankOf(text: string, words: readonly string[]): number {
  const [first] = words;
  return first === undefined || text.startsWith(first) ? 0 : text.includes(` ${first}`) ? 1 : 2;
}
