import type { ReactNode } from "react";

/** A text with the places of some terms marked; `strong` marks the one that is searched for now. */
export function Highlighted({
  text,
  terms,
  sought,
}: {
  text: string;
  terms: readonly string[];
  sought: string;
}) {
  const all = [sought, ...terms].filter((term) => term !== "");
  if (all.length === 0) return text;
  const pattern = new RegExp(`(${all.map(escaped).join("|")})`, "gi");
  const parts: ReactNode[] = text.split(pattern).map((part, index) => {
    if (index % 2 === 0) return part;
    const term = all.findIndex((one) => one.toLowerCase() === part.toLowerCase());
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
      <mark key={index} className="annex-mark" data-term={sought === "" ? term : term - 1}>
        {part}
      </mark>
    );
  });
  return parts;
}

function escaped(term: string): string {
  return term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
