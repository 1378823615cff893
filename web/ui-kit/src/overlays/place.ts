export type Side = "below" | "above";

const GAP = 4;
const EDGE = 8;

/** Put a floating element beside its anchor and inside the window, by custom properties. */
export function place(
  anchor: Element,
  floating: HTMLElement,
  side: Side,
  align: "start" | "center" | "end",
): void {
  const at = anchor.getBoundingClientRect();
  const size = floating.getBoundingClientRect();
  const rtl = getComputedStyle(anchor).direction === "rtl";
  const left = alignedLeft(at, size.width, rtl && align !== "center" ? flipped(align) : align);
  floating.style.setProperty("--annex-left", `${clamped(left, window.innerWidth - size.width)}px`);
  floating.style.setProperty(
    "--annex-top",
    `${clamped(topOf(at, size.height, side), window.innerHeight - size.height)}px`,
  );
  floating.style.setProperty("--annex-anchor-width", `${at.width}px`);
}

function topOf(at: DOMRect, height: number, side: Side): number {
  const below = at.bottom + GAP;
  const above = at.top - height - GAP;
  const fitsBelow = below + height <= window.innerHeight - EDGE;
  if (side === "above") return above >= EDGE || !fitsBelow ? above : below;
  return fitsBelow || above < EDGE ? below : above;
}

function alignedLeft(at: DOMRect, width: number, align: "start" | "center" | "end"): number {
  if (align === "start") return at.left;
  return align === "end" ? at.right - width : at.left + (at.width - width) / 2;
}

function flipped(align: "start" | "end"): "start" | "end" {
  return align === "start" ? "end" : "start";
}

function clamped(value: number, most: number): number {
  return Math.max(EDGE, Math.min(value, most - EDGE));
}
