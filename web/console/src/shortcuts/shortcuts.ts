/** The console's one table of shortcuts, and whether single keys are on in this browser. */

import { ShortcutTable } from "./shortcut-table.ts";

export const shortcuts = new ShortcutTable();

const KEY = "annex.single-keys";

export function readSingleKeys(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

export function storeSingleKeys(isOn: boolean): void {
  shortcuts.areSingleKeysOn = isOn;
  try {
    localStorage.setItem(KEY, isOn ? "on" : "off");
  } catch {
    // A browser without storage keeps it until the page is left.
  }
}
