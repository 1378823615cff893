/** Where terms stand in a text: ranges in order, none overlapping, each with the number of its term. */

export interface Highlight {
  readonly start: number;
  readonly end: number;
  readonly term: number;
}

export const MOST_TERMS = 4;

export function highlightsOf(text: string, terms: readonly string[]): Highlight[] {
  const lower = text.toLowerCase();
  // A text that changes its length in lower case has no places to speak of.
  if (lower.length !== text.length) return [];
  const wanted = terms.slice(0, MOST_TERMS).map((term) => term.toLowerCase());
  const found: Highlight[] = [];
  let at = 0;
  while (at < lower.length) {
    const next = nearest(lower, wanted, at);
    if (next === null) break;
    found.push(next);
    at = next.end;
  }
  return found;
}

export function hasTerm(text: string, terms: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return terms.slice(0, MOST_TERMS).some((term) => term !== "" && lower.includes(term.toLowerCase()));
}

function nearest(text: string, terms: readonly string[], from: number): Highlight | null {
  let best: Highlight | null = null;
  for (const [term, wanted] of terms.entries()) {
    const start = wanted === "" ? -1 : text.indexOf(wanted, from);
    if (start < 0) continue;
    const end = start + wanted.length;
    if (best === null || start < best.start || (start === best.start && end > best.end))
      best = { start, end, term };
  }
  return best;
}
