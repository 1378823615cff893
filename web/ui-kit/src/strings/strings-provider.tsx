import { createContext, type ReactNode, use, useMemo } from "react";
import { english, type Strings } from "./strings.ts";

const StringsContext = createContext<Strings>(english);

/** Replace words of the kit below here; what is not given stays as it is. */
export function StringsProvider({ strings, children }: { strings: Partial<Strings>; children: ReactNode }) {
  const above = use(StringsContext);
  const merged = useMemo(() => ({ ...above, ...strings }), [above, strings]);
  return <StringsContext value={merged}>{children}</StringsContext>;
}

/** The words of the kit that hold here. */
export function useStrings(): Strings {
  return use(StringsContext);
}
