import { useCallback, useEffect, useRef, useState } from "react";
import type { AnnexError } from "../errors/annex-error.ts";
import type { ApiOptions, ApiResult } from "../guest/host.ts";
import { useHost } from "./use-host.ts";

type Verb = "post" | "put" | "patch" | "delete";

export interface Mutation<T> {
  /** Send; the answer is undefined where it failed, and `error` says how. */
  mutate(options?: Omit<ApiOptions, "signal">): Promise<ApiResult<T> | undefined>;
  readonly isRunning: boolean;
  readonly result: ApiResult<T> | undefined;
  readonly error: AnnexError | undefined;
  reset(): void;
}

type State<T> = Pick<Mutation<T>, "isRunning" | "result" | "error">;

const NOTHING = { isRunning: false, result: undefined, error: undefined };

/** Change something by a path of the extension's API; POST unless said. Cancelled when the component goes. */
export function useMutation<T = unknown>(path: string, method: Verb = "post"): Mutation<T> {
  const host = useHost();
  const [state, setState] = useState<State<T>>(NOTHING);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const mutate = useCallback(
    async (options?: Omit<ApiOptions, "signal">) => {
      running.current?.abort();
      const own = new AbortController();
      running.current = own;
      const take = (news: Partial<State<T>>) => own.signal.aborted || setState({ ...NOTHING, ...news });
      take({ isRunning: true });
      try {
        const result = await host.api[method]<T>(path, { ...options, signal: own.signal });
        take({ result });
        return result;
      } catch (error) {
        take({ error: error as AnnexError });
        return undefined;
      }
    },
    [host, path, method],
  );
  return { ...state, mutate, reset: useCallback(() => setState(NOTHING), []) };
}
