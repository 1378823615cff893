import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import { useActivity } from "../extensions/use-activity.ts";
import { useInstalls } from "../installs/use-installs.ts";
import { quotaName, quotaUse, windowStart } from "../quotas/quota-use.ts";
import { type Problem, problemsOf, type QuotaNear } from "./problems.ts";

/** The tenant's problems; nothing while they are not known, for a strip that guesses is worse than none. */
export function useProblems(): readonly Problem[] {
  const installs = useInstalls();
  const activity = useActivity();
  const quotas = useQuery({
    queryKey: ["quotas-near"],
    queryFn: ({ signal }) => nearQuotas(signal),
    refetchInterval: 30_000,
  });
  return problemsOf(installs.data ?? [], activity.data?.items ?? [], quotas.data ?? []);
}

/** Quotas of the whole tenant that are near or used up. */
async function nearQuotas(signal: AbortSignal): Promise<QuotaNear[]> {
  const { effective } = await answerOf(api.GET("/api/v1/controls", { signal }));
  const ofTenant = (effective?.quotas ?? []).filter(({ scope }) => scope === "tenant");
  if (ofTenant.length === 0) return [];
  const now = new Date();
  const near = await Promise.all(
    ofTenant.map(async (quota) => {
      const query = {
        window: quota.window as "day" | "month",
        since: windowStart(quota.window, now),
        limit: 500,
      };
      const { items } = await answerOf(api.GET("/api/v1/usage", { params: { query }, signal }));
      return quotaUse(quota, items, now);
    }),
  );
  return near
    .filter(({ level }) => level !== "ok")
    .map(({ quota, words }) => ({ name: quotaName(quota), words }));
}
