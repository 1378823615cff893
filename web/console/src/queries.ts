/** How the console asks: refusals are never repeated, silence is, and nothing polls in a hidden tab. */

import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api/api-error.ts";

const TRIES = 2;
/** How often lists that are looked at are read again; an unchanged one costs a 304. */
export const REFRESH_MS = 30_000;

export function consoleQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => count < TRIES && error instanceof ApiError && error.isUnreachable,
      },
      mutations: { retry: false },
    },
  });
}
