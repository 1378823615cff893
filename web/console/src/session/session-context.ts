/** The session for every component below the provider. */

import { createContext, use } from "react";
import type { Session } from "./session.ts";

export interface SessionDoor {
  readonly session: Session;
  readonly signOut: () => Promise<void>;
  /** Makes the session last on, and returns when it ends now. */
  readonly extend: () => Promise<void>;
}

export const SessionContext = createContext<SessionDoor | null>(null);

export function useSessionDoor(): SessionDoor {
  const door = use(SessionContext);
  if (door === null) throw new TypeError("useSession is called outside SessionProvider.");
  return door;
}

export function useSession(): Session {
  return useSessionDoor().session;
}
