import { type ReactNode, useLayoutEffect, useRef } from "react";
import type { Tone } from "../feedback/tone.ts";
import { Duration } from "../values/duration.tsx";

export interface TimelineItem {
  key: string;
  /** When: a RelativeTime, or an offset in words. */
  at?: ReactNode;
  title: ReactNode;
  tone?: Tone | undefined;
  children?: ReactNode;
  /** Start and length in milliseconds from the start of the whole; drawn as a bar. */
  span?: { from: number; length: number } | undefined;
}

export interface TimelineProps {
  /** What happened: "Host calls of this execution". */
  label: string;
  items: readonly TimelineItem[];
  /** The length of the whole in milliseconds, for the bars. */
  total?: number | undefined;
}

/** What happened, one after the other; how long each took in figures and as a bar. */
export function Timeline({ label, items, total }: TimelineProps) {
  return (
    <ol className="annex-timeline" aria-label={label}>
      {items.map((item) => (
        <li key={item.key} className="annex-timeline-item" data-tone={item.tone ?? "neutral"}>
          <div className="annex-timeline-head">
            <span className="annex-timeline-title">{item.title}</span>
            {item.span !== undefined && <Duration ms={item.span.length} />}
            {item.at !== undefined && <span className="annex-timeline-at">{item.at}</span>}
          </div>
          {item.span !== undefined && total !== undefined && total > 0 && (
            <Bar {...item.span} total={total} />
          )}
          {item.children !== undefined && <div className="annex-timeline-content">{item.children}</div>}
        </li>
      ))}
    </ol>
  );
}

function Bar({ from, length, total }: { from: number; length: number; total: number }) {
  const bar = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    bar.current?.style.setProperty("--annex-from", String(from / total));
    bar.current?.style.setProperty("--annex-length", String(length / total));
  }, [from, length, total]);
  return <div ref={bar} className="annex-timeline-bar" aria-hidden="true" />;
}
