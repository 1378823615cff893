import { useSyncExternalStore } from "react";
import type { Context } from "../contract/messages.ts";
import { useHost } from "./use-host.ts";

const PARTS = ["theme", "locale", "path"] as const;

/** Who, where and how: the host's context as it is now. */
export function useContextInfo(): Context {
  const host = useHost();
  const read = () => host.context;
  return useSyncExternalStore(
    (changed) => {
      const ends = PARTS.map((name) => host.on(name, changed));
      return () => {
        for (const end of ends) end();
      };
    },
    read,
    read,
  );
}
