import type { HostPorts } from "./host-ports.ts";

/** Keep a page's state in a storage of the browser; `key` names the install and the user. */
export function storedState(storage: Pick<Storage, "getItem" | "setItem">, key: string): HostPorts["state"] {
  return {
    read: async () => storage.getItem(key) ?? undefined,
    write: async (text) => storage.setItem(key, text),
  };
}
