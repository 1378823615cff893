/** What this browser saw of a log last: its key, and a checkpoint that every later one must follow. */

export interface RememberedLog {
  readonly vkey: string;
  /** The signed note, whole: together with a later one that does not follow it is evidence. */
  readonly note: string;
}

/** Keeps it from visit to visit; a browser without storage starts anew with each page. */
export interface LogMemory {
  readonly recall: (origin: string) => RememberedLog | null;
  readonly remember: (origin: string, seen: RememberedLog) => void;
  readonly forget: (origin: string) => void;
}

const PREFIX = "annex.log.";

export const browserLogMemory: LogMemory = {
  recall: (origin) => parsed(attempt(() => localStorage.getItem(PREFIX + origin))),
  remember: (origin, seen) => attempt(() => localStorage.setItem(PREFIX + origin, JSON.stringify(seen))),
  forget: (origin) => attempt(() => localStorage.removeItem(PREFIX + origin)),
};

function attempt<Value>(act: () => Value): Value | null {
  try {
    return act();
  } catch {
    return null;
  }
}

function parsed(text: string | null): RememberedLog | null {
  const value: unknown = attempt(() => JSON.parse(text ?? "null"));
  if (typeof value !== "object" || value === null) return null;
  const { vkey, note } = value as Record<string, unknown>;
  return typeof vkey === "string" && typeof note === "string" ? { vkey, note } : null;
}
