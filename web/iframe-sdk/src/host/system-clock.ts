import type { HostClock } from "./host-clock.ts";

export const SYSTEM_CLOCK: HostClock = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
