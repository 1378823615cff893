/** What one configuration has that another has not, field by field, before it is saved. */

import type { Config } from "./form-values.ts";

export interface ConfigChange {
  readonly name: string;
  readonly kind: "added" | "removed" | "changed";
  readonly before: unknown;
  readonly after: unknown;
}

export function configChanges(before: Config, after: Config): readonly ConfigChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): readonly ConfigChange[] => {
    const change = { name, before: before[name], after: after[name] };
    if (!(name in before)) return [{ ...change, kind: "added" }];
    if (!(name in after)) return [{ ...change, kind: "removed" }];
    return canonical(before[name]) === canonical(after[name]) ? [] : [{ ...change, kind: "changed" }];
  });
}

export function hasChanges(before: Config, after: Config): boolean {
  return configChanges(before, after).length > 0;
}

/** "Hello" as it is, everything else as JSON; "–" for nothing. */
export function settingText(value: unknown): string {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * What somebody else's save and mine come to: mine where I changed something, theirs elsewhere.
 * A setting that both changed differently is named, so that somebody decides.
 */
export function mergedConfig(base: Config, theirs: Config, mine: Config): { merged: Config; both: string[] } {
  const merged: Record<string, unknown> = { ...theirs };
  const theirChanges = new Map(configChanges(base, theirs).map((change) => [change.name, change]));
  const both: string[] = [];
  for (const change of configChanges(base, mine)) {
    const other = theirChanges.get(change.name);
    if (other !== undefined && canonical(other.after) !== canonical(change.after)) both.push(change.name);
    if (change.kind === "removed") delete merged[change.name];
    else merged[change.name] = change.after;
  }
  return { merged, both };
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
