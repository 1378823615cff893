import { useSyncExternalStore } from "react";
import type { Context } from "../contract/messages.ts";
import { useHost } from "./use-host.ts";

/** A part of the context that the host changes, as it is now. */
export function useTold<Name extends "theme" | "locale" | "path">(name: Name): Context[Name] {
  const host = useHost();
  const read = () => host.context[name];
  return useSyncExternalStore((changed) => host.on(name, changed), read, read);
}
