import type { DebugLine } from "./debug-line.ts";
import { highlightsOf } from "./highlights.ts";

/** A text with the terms that are looked for marked in it. */
export function Highlighted({ text, terms }: { text: string; terms: readonly string[] }) {
  const found = highlightsOf(text, terms);
  if (found.length === 0) return <>{text}</>;
  const parts = [];
  let at = 0;
  for (const { start, end, term } of found) {
    parts.push(text.slice(at, start));
    parts.push(
      <mark key={start} data-term={term}>
        {text.slice(start, end)}
      </mark>,
    );
    at = end;
  }
  parts.push(text.slice(at));
  return <>{parts}</>;
}

/** What a line says, with a mark where it was cut. */
export function LineText({ line, terms }: { line: DebugLine; terms: readonly string[] }) {
  return (
    <span className="line-text">
      <Highlighted text={line.message} terms={terms} />
      {line.truncated && <span className="cut"> … cut at {sizeOf(line.message)}, the rest was not kept</span>}
    </span>
  );
}

function sizeOf(text: string): string {
  const bytes = new TextEncoder().encode(text).length;
  return bytes < 1000 ? `${bytes} B` : `${Math.round(bytes / 1000)} kB`;
}
