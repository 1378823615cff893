import { isLine, type LogEntry } from "./log-line.ts";

/** Which entries hold the text, by their place. */
export function findInLines(entries: readonly LogEntry[], sought: string): number[] {
  const text = sought.toLowerCase();
  if (text === "") return [];
  const found: number[] = [];
  entries.forEach((entry, index) => {
    if (searchable(entry).toLowerCase().includes(text)) found.push(index);
  });
  return found;
}

function searchable(entry: LogEntry): string {
  if (!isLine(entry)) return entry.text ?? "";
  const fields =
    entry.fields === undefined
      ? ""
      : Object.entries(entry.fields)
          .map(([name, value]) => ` ${name}=${value}`)
          .join("");
  return `${entry.text}${fields}`;
}
