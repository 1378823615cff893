import type { Host, HostEvents } from "../guest/host.ts";
import { secretsIn } from "./secrets-in.ts";
import type { Warn } from "./warning.ts";

const MOST_LISTENERS = 20;
const LOOP_SIZE = 20;
const LOOP_MS = 2_000;

/** Watch how a page uses its host, and say what will hurt. For development only. */
export function withWarnings(host: Host, warn: Warn, now: () => number = Date.now): Host {
  const listeners = new Map<string, number>();
  const heights: { readonly at: number; readonly height: number }[] = [];
  const watched: Partial<Host> = {
    on: <Name extends keyof HostEvents>(name: Name, listener: (value: HostEvents[Name]) => void) => {
      const count = (listeners.get(name) ?? 0) + 1;
      listeners.set(name, count);
      if (count > MOST_LISTENERS) {
        warn({ code: "LISTENER_LEAK", message: `${count} listeners of "${name}" were not ended.` });
      }
      const off = host.on(name, listener);
      let isOn = true;
      return () => {
        if (isOn) listeners.set(name, (listeners.get(name) ?? 1) - 1);
        isOn = false;
        off();
      };
    },
    resize: (height) => {
      if (typeof height === "number") noteHeight(heights, { at: now(), height }, warn);
      return host.resize(height);
    },
    state: {
      get: () => host.state.get(),
      set: (value) => {
        const found = secretsIn(value);
        if (found.length) {
          const message = `${found.join(", ")} looks like a secret. The host keeps the state readable.`;
          warn({ code: "SECRET_IN_STATE", message });
        }
        return host.state.set(value);
      },
    },
  };
  return new Proxy(host, { get: (target, name) => Reflect.get(name in watched ? watched : target, name) });
}

// A page that grows because its frame grew goes on for ever.
function noteHeight(
  heights: { readonly at: number; readonly height: number }[],
  told: { readonly at: number; readonly height: number },
  warn: Warn,
) {
  heights.push(told);
  while (heights.length > LOOP_SIZE) heights.shift();
  const first = heights[0];
  if (heights.length < LOOP_SIZE || !first || told.at - first.at > LOOP_MS) return;
  warn({ code: "RESIZE_LOOP", message: `The height was told ${LOOP_SIZE} times in ${LOOP_MS / 1000} s.` });
  heights.length = 0;
}
