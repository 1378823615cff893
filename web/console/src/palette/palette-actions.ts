/** What pages add to the palette while they are shown: their own actions, with the commands they are. */

import { useEffect, useRef, useSyncExternalStore } from "react";
import type { PaletteEntry } from "./palette-entry.ts";

let groups: readonly (readonly PaletteEntry[])[] = [];
const listeners = new Set<() => void>();

function change(to: readonly (readonly PaletteEntry[])[]): void {
  groups = to;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** Offers a page's actions while it is shown. Their ids and labels decide when the palette is told anew. */
export function usePaletteActions(entries: readonly PaletteEntry[]): void {
  const latest = useRef(entries);
  latest.current = entries;
  const key = entries.map(({ id, label }) => `${id}\t${label}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the entries.
  useEffect(() => {
    const group = latest.current.map((entry) => ({
      ...entry,
      run: () => latest.current.find(({ id }) => id === entry.id)?.run(),
    }));
    change([...groups, group]);
    return () => change(groups.filter((one) => one !== group));
  }, [key]);
}

/** The newest page's actions first. */
export function usePaletteGroups(): readonly (readonly PaletteEntry[])[] {
  return useSyncExternalStore(subscribe, () => groups);
}
