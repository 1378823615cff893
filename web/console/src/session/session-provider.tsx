import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect, useMemo } from "react";
import { Navigate, useLocation, useNavigate } from "react-router";
import { ApiError } from "../api/api-error.ts";
import { ask } from "../api/ask.ts";
import { onSessionLost, setCsrfToken } from "../api/send.ts";
import { Failed } from "../states/failed.tsx";
import { Loading } from "../states/loading.tsx";
import { readSession } from "./read-session.ts";
import { SessionContext } from "./session-context.ts";
import { signInAddress } from "./sign-in-address.ts";

export const SESSION_KEY = ["session"] as const;

/** Shows what is below to whoever is signed in, and the sign-in page to everybody else. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const { pathname, search, hash } = useLocation();
  const here = `${pathname}${search}${hash}`;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const {
    data: session,
    error,
    refetch,
  } = useQuery({
    queryKey: SESSION_KEY,
    queryFn: ({ signal }) => readSession(signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

  const leave = useCallback(
    (reason: "expired" | "signed-out") => {
      setCsrfToken(null);
      navigate(signInAddress(here, reason), { replace: true });
      queries.clear();
    },
    [here, navigate, queries],
  );
  useEffect(() => onSessionLost(() => leave("expired")), [leave]);

  const door = useMemo(
    () =>
      session && {
        session,
        signOut: async () => {
          await ask("/api/v1/sessions/current", { method: "DELETE" });
          leave("signed-out");
        },
        extend: async () => {
          await refetch();
        },
      },
    [session, leave, refetch],
  );
  if (door) return <SessionContext value={door}>{children}</SessionContext>;
  if (error instanceof ApiError && error.status === 401) return <Navigate to={signInAddress(here)} replace />;
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  return <Loading what="the console" />;
}
