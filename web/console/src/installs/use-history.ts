/** The states an install had, newest first, loaded page by page. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";

export function useHistory(installId: string) {
  return useInfiniteQuery({
    queryKey: ["history", installId],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/installs/{install_id}/history", {
          params: {
            path: { install_id: installId },
            query: { limit: 50, ...(pageParam === null ? {} : { before: pageParam }) },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_before,
  });
}
