/** One live console: its view, and the session that fills it while it runs. */

import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { DebugSession, type SessionState } from "./debug-session.ts";
import { gatewayLines } from "./gateway-lines.ts";
import { LiveView, type Shown } from "./live-view.ts";
import { BROWSER_CLOCK } from "./session-clock.ts";

/** Lines that the console keeps; beyond them the oldest go, and it says so. */
export const BUFFER = 5_000;
const TAIL = 200;
const HIDDEN_FRAME_MS = 500;

export interface LiveDebug {
  readonly view: LiveView;
  readonly shown: Shown;
  /** Null before the first session. */
  readonly state: SessionState | null;
  readonly start: () => void;
  readonly stop: () => void;
  readonly extend: () => void;
  readonly reconnect: () => void;
}

export function useLiveDebug(extension: string, sessionSeconds: number): LiveDebug {
  const view = useMemo(() => new LiveView(BUFFER, nextFrame), []);
  const shown = useSyncExternalStore(view.subscribe, view.shown);
  const session = useRef<DebugSession | null>(null);
  const [state, setState] = useState<SessionState | null>(null);
  useEffect(
    () => () => {
      session.current?.stop();
      session.current = null;
    },
    [],
  );
  const start = () => {
    session.current?.stop();
    view.resume();
    const started = new DebugSession(
      gatewayLines({ extension, tail: TAIL }),
      {
        lines: (lines) => view.addLines(lines),
        mark: (kind, text) => view.addMark(kind, text, new Date().toISOString()),
        state: setState,
      },
      BROWSER_CLOCK,
      sessionSeconds,
    );
    session.current = started;
    started.start();
  };
  return {
    view,
    shown,
    state,
    start,
    stop: () => session.current?.stop(),
    extend: () => session.current?.extend(),
    reconnect: () => session.current?.reconnect(),
  };
}

/** A tab in the background has no frames, and its lines are taken in all the same. */
function nextFrame(callback: () => void): void {
  if (document.visibilityState === "hidden") setTimeout(callback, HIDDEN_FRAME_MS);
  else requestAnimationFrame(callback);
}
