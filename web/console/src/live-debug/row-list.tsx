import { useVirtualizer } from "@tanstack/react-virtual";
import { type Ref, useImperativeHandle, useLayoutEffect, useRef } from "react";
import type { ShownRow } from "./grouped-rows.ts";
import { RowView, type RowViewProps } from "./row-view.tsx";

export interface RowListHandle {
  readonly scrollTo: (index: number) => void;
}

export interface RowListProps extends Omit<RowViewProps, "row" | "isCurrent"> {
  readonly rows: readonly ShownRow[];
  readonly isFollowing: boolean;
  readonly wrap: boolean;
  readonly label: string;
  /** The row that was found last. */
  readonly current: number | string | null;
  /** Somebody went up, or back to the end. */
  readonly moved: (isAtEnd: boolean) => void;
  readonly ref?: Ref<RowListHandle>;
}

const ROW = 24;
const NEAR_END = 24;

/** Thousands of rows of which those in sight are drawn; it stays at the end while it follows. */
export function RowList(props: RowListProps) {
  const { rows, isFollowing, wrap, label, current, moved, ref, ...shared } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const place = useRef(0);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (index) => rows[index]?.number ?? index,
    overscan: 12,
  });
  useImperativeHandle(ref, () => ({
    scrollTo: (index) => virtual.scrollToIndex(index, { align: "center" }),
  }));
  const total = virtual.getTotalSize();
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever rows or their sizes change.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element !== null && isFollowing) element.scrollTop = element.scrollHeight;
  }, [rows, total, isFollowing]);
  const scrolled = () => {
    const element = scroller.current;
    if (element === null) return;
    const left = element.scrollHeight - element.clientHeight - element.scrollTop;
    const isUp = element.scrollTop < place.current;
    place.current = element.scrollTop;
    if (left <= NEAR_END) moved(true);
    else if (isUp) moved(false);
  };
  return (
    <div
      ref={scroller}
      className="live-rows"
      role="log"
      aria-live="off"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      data-wrap={wrap}
      onScroll={scrolled}
    >
      <div className="live-sizer" style={{ height: total }}>
        {virtual.getVirtualItems().map(({ key, index, start }) => {
          const row = rows[index];
          return (
            row && (
              <div
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className="live-place"
                style={{ transform: `translateY(${start}px)` }}
              >
                <RowView row={row} isCurrent={current === row.number} {...shared} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}
