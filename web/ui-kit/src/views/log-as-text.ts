import { isLine, type LogEntry } from "./log-line.ts";

/** Write entries as plain lines, as a file of the log would have them. */
export function logAsText(entries: readonly LogEntry[]): string {
  return entries.map(asText).join("\n");
}

function asText(entry: LogEntry): string {
  if (!isLine(entry))
    return `-- ${entry.text ?? (entry.kind === "gap" ? `${entry.count ?? "some"} lines not kept` : "")}`;
  const fields = Object.entries(entry.fields ?? {}).map(([name, value]) => `${name}=${value}`);
  return [entry.time, entry.level, entry.text, ...fields].filter(Boolean).join(" ");
}
