import { type RefObject, useEffect } from "react";
import { place, type Side } from "./place.ts";

/** Show a popover element beside its anchor while `open`, and keep it there when the page scrolls or grows. */
export function useFloating(
  anchor: RefObject<HTMLElement | null>,
  floating: RefObject<HTMLElement | null>,
  open: boolean,
  side: Side,
  align: "start" | "center" | "end",
): void {
  useEffect(() => {
    const element = floating.current;
    const beside = anchor.current;
    if (element === null || beside === null || !open) return;
    if (!element.matches(":popover-open")) element.showPopover();
    const put = () => place(beside, element, side, align);
    put();
    window.addEventListener("scroll", put, { capture: true, passive: true });
    window.addEventListener("resize", put);
    return () => {
      window.removeEventListener("scroll", put, { capture: true });
      window.removeEventListener("resize", put);
      if (element.isConnected && element.matches(":popover-open")) element.hidePopover();
    };
  }, [anchor, floating, open, side, align]);
}
