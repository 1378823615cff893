import type { KeyboardEvent } from "react";

/** Move the focus among elements in a row by arrows, Home and End; says which one has it now. */
export function moveInRow(event: KeyboardEvent<HTMLElement>, selector: string): HTMLElement | undefined {
  const elements = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)];
  const at = elements.findIndex((element) => element.matches(":focus"));
  const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
  const to = target(elements, at, event.key, rtl ? -1 : 1);
  if (to === undefined) return undefined;
  event.preventDefault();
  to.focus();
  return to;
}

function target(elements: HTMLElement[], at: number, key: string, forward: 1 | -1): HTMLElement | undefined {
  const count = elements.length;
  if (key === "ArrowRight") return elements[(at + forward + count) % count];
  if (key === "ArrowLeft") return elements[(at - forward + count) % count];
  if (key === "Home") return elements[0];
  return key === "End" ? elements[count - 1] : undefined;
}
