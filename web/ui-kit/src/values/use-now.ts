import { useSyncExternalStore } from "react";

const EVERY_MS = 10_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

/** The present time, ten seconds exact: one timer for all that show an age. */
export function useNow(): Date {
  return new Date(useSyncExternalStore(subscribe, read, read));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, EVERY_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

function read(): number {
  // Nobody listened for a while: what was read last is old.
  if (timer === undefined && Date.now() - now > EVERY_MS) now = Date.now();
  return now;
}
