import { useCallback, useEffect, useState } from "react";
import type { Host } from "../guest/host.ts";
import { useHost } from "./use-host.ts";

type Kept = Readonly<Record<string, unknown>>;

// One reader and writer for all the keys of a page, one write after the other.
const books = new WeakMap<Host, { kept: Promise<Kept>; last: Promise<unknown> }>();

/** A value that the host keeps across reloads; undefined until it was read, `initial` where there is none. */
export function useHostState<T>(key: string, initial: T): [T | undefined, (value: T) => Promise<void>] {
  const host = useHost();
  const [value, setValue] = useState<T>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the first `initial` counts.
  useEffect(() => {
    let isMounted = true;
    bookOf(host).kept.then((kept) => {
      if (isMounted) setValue((now) => now ?? ((Object.hasOwn(kept, key) ? kept[key] : initial) as T));
    });
    return () => {
      isMounted = false;
    };
  }, [host, key]);
  const keep = useCallback(
    async (next: T) => {
      setValue(next);
      const book = bookOf(host);
      book.kept = book.kept.then((kept) => ({ ...kept, [key]: next }));
      const whole = book.kept;
      book.last = book.last.then(() => whole.then((kept) => host.state.set(kept)));
      const written = book.last;
      book.last = written.catch(() => undefined);
      await written;
    },
    [host, key],
  );
  return [value, keep];
}

function bookOf(host: Host) {
  const known = books.get(host);
  if (known) return known;
  const kept: Promise<Kept> = host.state.get<Kept>().then(
    (read) => read ?? {},
    () => ({}),
  );
  const book = { kept, last: Promise.resolve() as Promise<unknown> };
  books.set(host, book);
  return book;
}
