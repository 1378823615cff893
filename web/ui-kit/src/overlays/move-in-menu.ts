import type { KeyboardEvent } from "react";

/** Move the focus among the entries of a menu by its keys; Tab closes it. */
export function moveInMenu(event: KeyboardEvent<HTMLElement>, close: () => void): void {
  const entries = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
  const at = entries.findIndex((entry) => entry.matches(":focus"));
  const next = nextEntry(entries, at, event.key);
  if (event.key === "Tab") close();
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function nextEntry(entries: HTMLElement[], at: number, key: string): HTMLElement | undefined {
  const count = entries.length;
  if (key === "ArrowDown") return entries[(at + 1) % count];
  if (key === "ArrowUp") return entries[(at - 1 + count) % count];
  if (key === "Home") return entries[0];
  if (key === "End") return entries[count - 1];
  return key.length === 1 && key !== " " ? startingWith(entries, at, key.toLowerCase()) : undefined;
}

function startingWith(entries: HTMLElement[], at: number, letter: string): HTMLElement | undefined {
  const inOrder = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
  return inOrder.find((entry) => entry.textContent?.trim().toLowerCase().startsWith(letter));
}
