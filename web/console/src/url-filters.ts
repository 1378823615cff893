/** Filters that live in the address, so that they survive back, reload and a link sent to somebody. */

import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

export interface UrlFilters<Name extends string> {
  /** What each filter is set to; "" where it is not set. */
  readonly values: Readonly<Record<Name, string>>;
  readonly isFiltered: boolean;
  readonly set: (name: Name, value: string) => void;
  readonly clear: () => void;
}

/** `useUrlFilters(["q", "state"])`; `kept` names those that "Clear all" leaves, such as a segment. */
export function useUrlFilters<Name extends string>(
  names: readonly Name[],
  kept: readonly Name[] = [],
): UrlFilters<Name> {
  const [query, setQuery] = useSearchParams();
  const known = names.join(" ");
  const values = useMemo(() => {
    const pairs = known.split(" ").map((name) => [name, query.get(name) ?? ""]);
    return Object.fromEntries(pairs) as Record<Name, string>;
  }, [known, query]);
  const set = useCallback(
    (name: Name, value: string) =>
      setQuery(
        (before) => {
          const after = new URLSearchParams(before);
          if (value === "") after.delete(name);
          else after.set(name, value);
          return after;
        },
        { replace: true },
      ),
    [setQuery],
  );
  const cleared = names.filter((name) => !kept.includes(name));
  const clear = () =>
    setQuery((before) => {
      const after = new URLSearchParams(before);
      for (const name of cleared) after.delete(name);
      return after;
    });
  return { values, isFiltered: cleared.some((name) => values[name] !== ""), set, clear };
}
