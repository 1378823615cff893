import type { KeyboardEvent } from "react";

const FOCUSABLE =
  'a[href], button:not([disabled]), input:not([disabled]):not([type="hidden"]), select:not([disabled]), ' +
  'textarea:not([disabled]), summary, iframe, [tabindex]:not([tabindex="-1"]), [contenteditable="true"]';

/** The elements inside that Tab stops at, in order. */
export function focusable(root: Element): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) => element.tabIndex >= 0 && element.checkVisibility(),
  );
}

/** On Tab at the last element go to the first, and back; everything else is the browser's. */
export function keepFocusInside(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "Tab") return;
  const inside = focusable(event.currentTarget);
  const first = inside[0];
  const last = inside[inside.length - 1];
  const at = document.activeElement;
  const leaves = event.shiftKey ? at === first || at === event.currentTarget : at === last;
  const to = event.shiftKey ? last : first;
  if (to !== undefined && !leaves) return;
  event.preventDefault();
  to?.focus();
}
