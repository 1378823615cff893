import { useCallback, useEffect, useState } from "react";
import type { AnnexError } from "../errors/annex-error.ts";
import type { ApiOptions, ApiResult } from "../guest/host.ts";
import { useHost } from "./use-host.ts";

export interface Query<T> {
  readonly data: T | undefined;
  readonly error: AnnexError | undefined;
  readonly isLoading: boolean;
  readonly result: ApiResult<T> | undefined;
  refetch(): void;
}

interface Known<T> {
  readonly path: string;
  readonly result?: ApiResult<T>;
  readonly error?: AnnexError;
}

/** Read a path of the extension's API; null reads nothing. Cancelled when the component goes. */
export function useQuery<T = unknown>(path: string | null, options?: Omit<ApiOptions, "signal">): Query<T> {
  const host = useHost();
  const [known, setKnown] = useState<Known<T>>();
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` reads again; options are read when it does.
  useEffect(() => {
    if (path === null) return;
    const running = new AbortController();
    const take = (news: Omit<Known<T>, "path">) => running.signal.aborted || setKnown({ path, ...news });
    host.api.get<T>(path, { ...options, signal: running.signal }).then(
      (result) => take({ result }),
      (error: AnnexError) => take({ error }),
    );
    return () => running.abort();
  }, [host, path, round]);
  // What is known of another path is not shown for this one.
  const fits = known?.path === path ? known : undefined;
  return {
    data: fits?.result?.data,
    error: fits?.error,
    isLoading: path !== null && !fits,
    result: fits?.result,
    refetch: useCallback(() => setRound((last) => last + 1), []),
  };
}
