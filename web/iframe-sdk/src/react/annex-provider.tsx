import { type ReactNode, useEffect, useState } from "react";
import { AnnexError } from "../errors/annex-error.ts";
import { connect } from "../guest/connect.ts";
import type { Host } from "../guest/host.ts";
import type { ConnectOptions } from "../guest/shake-hands.ts";
import { HostContext } from "./host-context.ts";

export interface AnnexProviderProps {
  readonly children: ReactNode;
  /** Shown until the host answers. */
  readonly fallback?: ReactNode;
  /** Shown when there is no host. */
  readonly error?: (error: AnnexError, retry: () => void) => ReactNode;
  readonly options?: ConnectOptions;
  /** A host that is there already, such as that of `createTestHost`. */
  readonly host?: Host;
}

/** Connect the page and give its components the host. */
export function AnnexProvider({ children, fallback = null, error, options, host }: AnnexProviderProps) {
  const [found, setFound] = useState<Host | AnnexError | undefined>(host);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page connects once; `attempt` asks again.
  useEffect(() => {
    let isMounted = true;
    const take = (result: Host | AnnexError) => isMounted && setFound(result);
    if (host) take(host);
    else connect(options).then(take, take);
    return () => {
      isMounted = false;
    };
  }, [host, attempt]);
  if (found instanceof AnnexError) {
    const retry = () => {
      setFound(undefined);
      setAttempt(attempt + 1);
    };
    return error ? error(found, retry) : found.message;
  }
  return found ? <HostContext value={found}>{children}</HostContext> : fallback;
}
