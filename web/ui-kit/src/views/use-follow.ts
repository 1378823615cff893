import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { LogEntry } from "./log-line.ts";

/** How near the end still counts as the end, in pixels. */
const NEAR = 24;

export interface Follow {
  /** What is shown: all entries, or those that were there when the view was paused. */
  shown: readonly LogEntry[];
  following: boolean;
  paused: boolean;
  /** How many entries came since the end was last seen. */
  fresh: number;
  setPaused: (paused: boolean) => void;
  /** Go to the end and stay there. */
  follow: () => void;
}

/**
 * Keep the end of a growing list in sight. Scrolling up stops that, pausing freezes what is shown, and
 * both count what arrives; resuming goes to the end at once.
 */
export function useFollow(scroller: RefObject<HTMLElement | null>, entries: readonly LogEntry[]): Follow {
  const [frozen, setFrozen] = useState<readonly LogEntry[] | null>(null);
  const [following, setFollowing] = useState(true);
  const [seen, setSeen] = useState<string | undefined>(undefined);
  const shown = frozen ?? entries;
  const newest = entries.at(-1)?.id;
  const held = frozen !== null || !following;
  // Our own scrolling to the end also raises scroll events; only the reader's may stop the following.
  const expected = useRef(0);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const look = () => {
      const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
      if (isAtEnd) setFollowing(true);
      else if (element.scrollTop < expected.current - 1) setFollowing(false);
      expected.current = element.scrollTop;
    };
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, [scroller]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || held) return;
    element.scrollTop = element.scrollHeight;
    expected.current = element.scrollTop;
  });
  if (!held && seen !== newest) setSeen(newest);
  const setPaused = (paused: boolean) => {
    setFrozen(paused ? entries : null);
    if (!paused) setFollowing(true);
  };
  const follow = () => {
    setFrozen(null);
    setFollowing(true);
  };
  return {
    shown,
    following: !held,
    paused: frozen !== null,
    fresh: freshAfter(entries, seen, held),
    setPaused,
    follow,
  };
}

function freshAfter(entries: readonly LogEntry[], seen: string | undefined, held: boolean): number {
  if (!held) return 0;
  const at = entries.findLastIndex((entry) => entry.id === seen);
  return entries.length - 1 - at;
}
