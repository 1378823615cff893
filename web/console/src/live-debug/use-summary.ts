import { useEffect } from "react";
import { useAnnounce } from "../shell/announce.tsx";
import type { LiveView } from "./live-view.ts";
import { summaryOf } from "./summary.ts";

const EVERY_MS = 10_000;

/** Says every ten seconds what came, to those who asked for it; the stream itself is never read out. */
export function useSummary(isOn: boolean, view: LiveView): void {
  const announce = useAnnounce();
  useEffect(() => {
    if (!isOn) return;
    let behind = view.shown().rows.at(-1)?.number ?? 0;
    const timer = setInterval(() => {
      const { rows } = view.shown();
      announce(summaryOf(rows, behind));
      behind = rows.at(-1)?.number ?? behind;
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [isOn, view, announce]);
}
