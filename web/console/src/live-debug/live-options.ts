/** How lines are shown; kept in this browser. */

export interface LiveOptions {
  readonly wrap: boolean;
  readonly timestamps: boolean;
  readonly group: boolean;
  readonly summary: boolean;
}

const KEY = "annex.live-debug";
const DEFAULT: LiveOptions = { wrap: true, timestamps: true, group: false, summary: false };

export function storedOptions(): LiveOptions {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const given =
      typeof stored === "object" && stored !== null ? (stored as Readonly<Record<string, unknown>>) : {};
    const flag = (name: keyof LiveOptions) =>
      typeof given[name] === "boolean" ? given[name] : DEFAULT[name];
    return {
      wrap: flag("wrap"),
      timestamps: flag("timestamps"),
      group: flag("group"),
      summary: flag("summary"),
    };
  } catch {
    return DEFAULT;
  }
}

export function storeOptions(options: LiveOptions): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(options));
  } catch {
    // A browser without storage keeps them until the page is left.
  }
}
