import { type Zone, ZoneProvider } from "@annex/ui-kit";
import { createContext, type ReactNode, use, useMemo, useState } from "react";
import { storeChoice, storedChoice } from "./stored-choice.ts";

const KEY = "annex.zone";
const ZONES = ["local", "utc"] as const;
const Choice = createContext<(zone: Zone) => void>(() => {});

/** Returns what changes the zone that times are written in. */
export function useChooseZone(): (zone: Zone) => void {
  return use(Choice);
}

export function ZoneChoiceProvider({ children }: { children: ReactNode }) {
  const [zone, setZone] = useState<Zone>(() => storedChoice(KEY, ZONES));
  const choose = useMemo(
    () => (chosen: Zone) => {
      storeChoice(KEY, chosen);
      setZone(chosen);
    },
    [],
  );
  return (
    <Choice value={choose}>
      <ZoneProvider zone={zone}>{children}</ZoneProvider>
    </Choice>
  );
}
