/** What extensions used in the present day and month, every page of it. */

import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import { type Used, windowStart } from "./quota-use.ts";

const MOST_PAGES = 20;
const PAGE = 200;

export function useUsed(window: "day" | "month") {
  return useQuery({
    queryKey: ["usage", "quotas", window],
    queryFn: ({ signal }) => readUsed(window, signal),
  });
}

async function readUsed(window: "day" | "month", signal: AbortSignal): Promise<readonly Used[]> {
  const since = windowStart(window, new Date());
  const rows: Used[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query: { window: "day" | "month"; since: string; limit: number; cursor?: string } = {
      window,
      since,
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    };
    const answer: { items: Used[]; next_cursor: string | null } = await answerOf(
      api.GET("/api/v1/usage", { params: { query }, signal }),
    );
    rows.push(...answer.items);
    cursor = answer.next_cursor;
    if (cursor === null) break;
  }
  return rows;
}
