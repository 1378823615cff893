import { useEffect, useRef } from "react";
import type { Shortcut } from "./shortcut-table.ts";
import { shortcuts } from "./shortcuts.ts";

/** Gives keys a meaning for as long as the component is shown. */
export function useShortcuts(name: string, list: readonly Shortcut[]): void {
  const latest = useRef(list);
  latest.current = list;
  const keys = list.map((shortcut) => `${shortcut.keys}\t${shortcut.label}`).join("\n");
  useEffect(() => {
    const known = keys.split("\n").map((line, index) => {
      const [pressed = "", label = ""] = line.split("\t");
      return { keys: pressed, label, run: () => latest.current[index]?.run() };
    });
    return shortcuts.add({ name, shortcuts: known });
  }, [name, keys]);
}
