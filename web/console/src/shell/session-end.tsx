import { Banner, Button } from "@annex/ui-kit";
import { useEffect, useState } from "react";
import { useSessionDoor } from "../session/session-context.ts";

const WARNED_MS = 60_000;
/** The longest a browser's timer waits. */
const LONGEST_MS = 2 ** 31 - 1;

/** Warns a minute before the session ends and lets it be made longer. */
export function SessionEnd() {
  const { session, extend } = useSessionDoor();
  const [isNear, setIsNear] = useState(false);
  useEffect(() => {
    setIsNear(false);
    const left = new Date(session.expiresAt).getTime() - Date.now() - WARNED_MS;
    const timer = setTimeout(() => setIsNear(true), Math.max(0, Math.min(left, LONGEST_MS)));
    return () => clearTimeout(timer);
  }, [session.expiresAt]);
  if (!isNear) return null;
  const stay = (
    <Button variant="primary" onClick={() => void extend()}>
      Stay signed in
    </Button>
  );
  return (
    <div className="session-end">
      <Banner tone="warning" actions={stay}>
        Your session ends in a minute. What you have not saved is lost then.
      </Banner>
    </div>
  );
}
