/** Time as a session needs it, so that tests decide how it passes. */
export interface SessionClock {
  readonly now: () => number;
  /** Calls back once; returns the end of that. */
  readonly after: (milliseconds: number, callback: () => void) => () => void;
}

export const BROWSER_CLOCK: SessionClock = {
  now: () => Date.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
