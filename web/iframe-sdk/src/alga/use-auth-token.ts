import { useEffect, useState } from "react";
import type { IframeBridge } from "./iframe-bridge.ts";

const RENEW_MS = 60_000;

/** A token that is good now, and a newer one every minute; null until the first has come. */
export function useAuthToken(bridge: IframeBridge): string | null {
  const [token, setToken] = useState(() => bridge.getSessionToken());
  useEffect(() => {
    let isMounted = true;
    const renew = () =>
      void bridge.renewToken().then(
        (renewed) => isMounted && setToken(renewed),
        () => isMounted && setToken(null),
      );
    renew();
    const timer = setInterval(renew, RENEW_MS);
    return () => {
      isMounted = false;
      clearInterval(timer);
    };
  }, [bridge]);
  return token;
}
