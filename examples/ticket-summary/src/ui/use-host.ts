import { AnnexError, connect, type Host } from "@annex/iframe-sdk";
import { useEffect, useState } from "react";

export type Connection<Routes> =
  | { status: "connecting" }
  | { status: "connected"; host: Host<Routes> }
  | { status: "failed"; error: AnnexError };

/** Find the page that shows this one; it settles within eight seconds, with the host or with why there is none. */
export function useHost<Routes>(): Connection<Routes> {
  const [connection, setConnection] = useState<Connection<Routes>>({ status: "connecting" });
  useEffect(() => {
    let isWanted = true;
    let endFollowing = () => {};
    connect<Routes>().then(
      (host) => {
        if (isWanted) {
          endFollowing = host.resize("content");
          setConnection({ status: "connected", host });
        }
      },
      (error: AnnexError) => isWanted && setConnection({ status: "failed", error }),
    );
    return () => {
      isWanted = false;
      endFollowing();
    };
  }, []);
  return connection;
}
