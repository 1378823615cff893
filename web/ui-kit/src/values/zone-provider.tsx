import { createContext, type ReactNode, use } from "react";
import type { Zone } from "./format-time.ts";

const ZoneContext = createContext<Zone>("local");

/** Say in which zone times are written below here. */
export function ZoneProvider({ zone, children }: { zone: Zone; children: ReactNode }) {
  return <ZoneContext value={zone}>{children}</ZoneContext>;
}

/** The zone times are written in. */
export function useZone(): Zone {
  return use(ZoneContext);
}
