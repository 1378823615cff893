import { type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { rowOffsets, visibleRange } from "./visible-rows.ts";

export interface VirtualRows {
  /** The rows to draw: from `first` up to, not including, `last`. */
  first: number;
  last: number;
  /** Where the first of them begins, and the height of all. */
  top: number;
  height: number;
  /** Take the real height of a drawn row, by its key. */
  measure: (key: string) => (element: HTMLElement | null) => void;
  /** Scroll so that a row is seen. */
  reveal: (index: number, where: "nearest" | "end") => void;
}

const OVERSCAN = 10;

/** Draw only the rows that are in sight of a scrolling element; rows may differ in height. */
export function useVirtualRows(
  scroller: RefObject<HTMLElement | null>,
  keys: readonly string[],
  estimate: number,
): VirtualRows {
  const heights = useRef(new Map<string, number>());
  const [measured, setMeasured] = useState(0);
  const [view, setView] = useState({ top: 0, height: 600 });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `measured` counts the changes inside the map
  const offsets = useMemo(() => rowOffsets(keys, heights.current, estimate), [keys, estimate, measured]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight });
    look();
    const size = new ResizeObserver(look);
    size.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      size.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [scroller]);
  const range = visibleRange(offsets, view.top, view.height, OVERSCAN);
  const measure = useCallback(
    (key: string) => (element: HTMLElement | null) => {
      const height = element?.getBoundingClientRect().height;
      if (
        height === undefined ||
        height === 0 ||
        Math.abs(height - (heights.current.get(key) ?? estimate)) < 0.5
      )
        return;
      heights.current.set(key, height);
      setMeasured((count) => count + 1);
    },
    [estimate],
  );
  const reveal = useCallback(
    (index: number, where: "nearest" | "end") => {
      const element = scroller.current;
      const top = offsets[index];
      const bottom = offsets[index + 1];
      if (element === null || top === undefined || bottom === undefined) return;
      const isAbove = top < element.scrollTop;
      const isBelow = bottom > element.scrollTop + element.clientHeight;
      if (where === "end" || isBelow) element.scrollTop = bottom - element.clientHeight;
      else if (isAbove) element.scrollTop = top;
    },
    [scroller, offsets],
  );
  return { ...range, top: offsets[range.first] ?? 0, height: offsets[keys.length] ?? 0, measure, reveal };
}
