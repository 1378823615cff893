import { Banner, Button, formatDuration } from "@annex/ui-kit";
import { useEffect, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { Failed } from "../states/failed.tsx";
import type { SessionState } from "./debug-session.ts";
import type { LiveDebug } from "./use-live-debug.ts";

const NEAR_MS = 120_000;
const TICK_MS = 1_000;

/** What becomes of the connection and the session, where that needs a word. */
export function SessionBar({ live }: { live: LiveDebug }) {
  const { state } = live;
  const left = useTimeLeft(state);
  if (state === null || state.kind === "connecting") return null;
  if (state.kind === "reconnecting") {
    return (
      <Banner tone="warning" actions={<Button onClick={live.reconnect}>Reconnect now</Button>}>
        The connection is lost. Lines from here on are read again when it is back.
      </Banner>
    );
  }
  if (state.kind === "ended") return <Ended state={state} />;
  return (
    <>
      {state.kind === "polling" && (
        <Banner tone="warning" actions={<Button onClick={live.reconnect}>Try the stream again</Button>}>
          Debug stream unavailable, reading stored logs every 5 s.
        </Banner>
      )}
      {left !== null && left <= NEAR_MS && (
        <Banner tone="warning" actions={<Button onClick={live.extend}>Extend</Button>}>
          {/* Said by the minute: a count of seconds would be read out every second. */}
          Session ends in {left <= 60_000 ? "less than a minute" : "2 min"}.
        </Banner>
      )}
    </>
  );
}

function Ended({ state }: { state: SessionState & { kind: "ended" } }) {
  if (state.error instanceof ApiError) return <Failed error={state.error} title="The session was refused" />;
  if (state.reason === "stopped") return null;
  return (
    <Banner tone="info">
      {state.reason === "limit"
        ? "The session reached its longest time. The lines stay; start another one to go on."
        : "The session ended: you may not watch this extension any more."}
    </Banner>
  );
}

/** How long the session lasts still; null where none runs. */
export function useTimeLeft(state: SessionState | null): number | null {
  const endsAt = state?.kind === "live" || state?.kind === "polling" ? state.endsAt : null;
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (endsAt === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [endsAt]);
  return endsAt === null ? null : Math.max(0, endsAt - now);
}

/** `live, 29 min left`. */
export function stateWords(state: SessionState | null, left: number | null): string {
  switch (state?.kind) {
    case undefined:
      return "not started";
    case "connecting":
      return "connecting";
    case "live":
      return left === null ? "live" : `live, ${formatDuration(Math.ceil(left / 60_000) * 60_000)} left`;
    case "polling":
      return "reading stored logs";
    case "reconnecting":
      return "connection lost";
    case "ended":
      return "stopped";
  }
}
