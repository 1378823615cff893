import { useCallback } from "react";
import type { IframeBridge } from "./iframe-bridge.ts";

export function useResize(bridge: IframeBridge): (height: number) => void {
  return useCallback((height: number) => bridge.emitToHost("resize", { height }), [bridge]);
}
