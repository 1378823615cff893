/** Which keys do what: the newest page's keys first, two-key sequences among them. */

export interface Shortcut {
  /** As a keyboard event names it, `mod+k` for Ctrl or Cmd, `g e` for one after the other. */
  readonly keys: string;
  readonly label: string;
  readonly run: () => void;
}

export interface ShortcutGroup {
  readonly name: string;
  readonly shortcuts: readonly Shortcut[];
}

/** A pressed key, as far as it matters here. */
export interface Press {
  readonly key: string;
  readonly mod: boolean;
  readonly alt: boolean;
  /** What the focus is on: letters belong to a field, Space to a button. */
  readonly on: "field" | "control" | "page";
}

/** How long a sequence waits for its second key. */
const SEQUENCE_MS = 1_000;

export class ShortcutTable {
  readonly #groups: ShortcutGroup[] = [];
  #begun: { readonly key: string; readonly at: number } | null = null;
  /** Whether keys without Ctrl or Cmd do something. */
  areSingleKeysOn = true;

  get groups(): readonly ShortcutGroup[] {
    return this.#groups;
  }

  /** Returns the end of it. */
  add(group: ShortcutGroup): () => void {
    this.#groups.push(group);
    return () => {
      const index = this.#groups.indexOf(group);
      if (index >= 0) this.#groups.splice(index, 1);
    };
  }

  /** Finds what a press does, at a time in milliseconds. */
  match(press: Press, at: number): Shortcut | null {
    const name = nameOf(press);
    const begun = this.#begun !== null && at - this.#begun.at <= SEQUENCE_MS ? this.#begun.key : null;
    this.#begun = null;
    if (name === null || !this.#isWanted(press)) return null;
    const found = (begun === null ? null : this.#find(`${begun} ${name}`)) ?? this.#find(name);
    if (found === null && this.#begins(name)) this.#begun = { key: name, at };
    return found;
  }

  #isWanted({ mod, on, key }: Press): boolean {
    if (mod) return true;
    if (!this.areSingleKeysOn || on === "field") return false;
    return on === "page" || (key !== " " && key !== "Enter");
  }

  #find(keys: string): Shortcut | null {
    for (const { shortcuts } of this.#groups.toReversed()) {
      const found = shortcuts.find((shortcut) => shortcut.keys === keys);
      if (found !== undefined) return found;
    }
    return null;
  }

  #begins(name: string): boolean {
    return this.#groups.some(({ shortcuts }) => shortcuts.some(({ keys }) => keys.startsWith(`${name} `)));
  }
}

function nameOf({ key, mod, alt }: Press): string | null {
  if (alt) return null;
  return mod ? `mod+${key.toLowerCase()}` : key;
}
