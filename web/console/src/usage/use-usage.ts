import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import { REFRESH_MS } from "../queries.ts";
import { lastDays, type UsageRow } from "./usage-sums.ts";

const PAGE = 500;
/** More pages than these are no overview any more. */
const MOST_PAGES = 20;

/** What the tenant's extensions used in the last 30 days, day by day in UTC. */
export function useUsage() {
  return useQuery({
    queryKey: ["usage", "30d"],
    refetchInterval: REFRESH_MS,
    queryFn: async ({ signal }) => {
      const days = lastDays(Date.now());
      const rows: UsageRow[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const query = {
          window: "day" as const,
          since: days[0] ?? "",
          limit: PAGE,
          ...(cursor && { cursor }),
        };
        const read: { items: UsageRow[]; next_cursor: string | null } = await answerOf(
          api.GET("/api/v1/usage", { params: { query }, signal }),
        );
        rows.push(...read.items);
        cursor = read.next_cursor;
        if (cursor === null) break;
      }
      return { days, rows, isPartial: cursor !== null };
    },
  });
}
