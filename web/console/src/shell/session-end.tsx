import { useEffect, useState } from "react";
import { useSessionDoor } from "../session/session-context.ts";

const WARNED_MS = 60_000;

/** Warns a minute before the session ends and lets it be made longer. */
export function SessionEnd() {
  const { session, extend } = useSessionDoor();
  const [isNear, setIsNear] = useState(false);
  useEffect(() => {
    setIsNear(false);
    const left = new Date(session.expiresAt).getTime() - Date.now() - WARNED_MS;
    const timer = setTimeout(() => setIsNear(true), Math.max(0, Math.min(left, 2 ** 31 - 1)));
    return () => clearTimeout(timer);
  }, [session.expiresAt]);
  if (!isNear) return null;
  return (
    <div className="banner banner-warning session-end" role="alert">
      <p>Your session ends in a minute.</p>
      <button type="button" onClick={() => void extend()}>
        Stay signed in
      </button>
    </div>
  );
}
