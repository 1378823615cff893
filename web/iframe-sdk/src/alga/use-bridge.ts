import { useEffect, useState } from "react";
import { type BridgeOptions, IframeBridge } from "./iframe-bridge.ts";

let shared: IframeBridge | undefined;

/** The page's bridge; it begins when the first component that asks for it is mounted. */
export function useBridge(options?: BridgeOptions): IframeBridge {
  const [bridge] = useState(() => {
    shared ??= new IframeBridge(options);
    return shared;
  });
  useEffect(() => bridge.ready(), [bridge]);
  return bridge;
}
