/** What is said at a place, as it is typed, and read back. Empty fields say nothing. */

import type { Rate, SaidControls } from "../commands/controls-words.ts";
import type { Quota } from "../quotas/quota-use.ts";

export type EgressMode = "unsaid" | "none" | "only";

export interface QuotaDraft {
  readonly scope: string;
  readonly kind: string;
  readonly window: string;
  readonly limit: string;
}

export interface ControlsDraft {
  readonly rates: Readonly<Record<string, { readonly perSecond: string; readonly burst: string }>>;
  readonly quotas: readonly QuotaDraft[];
  readonly limits: Readonly<Record<string, string>>;
  readonly egressMode: EgressMode;
  /** One host to a line. */
  readonly egressHosts: string;
  readonly entitled: "" | "yes" | "no";
}

export interface ReadDraft {
  readonly said: SaidControls;
  readonly problems: readonly string[];
}

/** The dimensions calls are counted in, in the order of their width. */
export const RATES: Readonly<Record<string, string>> = {
  tenant: "All calls of the tenant",
  extension: "Each extension",
  install: "Each install",
  user: "Each principal",
};
export const LIMITS: Readonly<Record<string, string>> = {
  timeout_ms: "Time of a call, in ms",
  cpu_ms: "CPU time of a call, in ms",
  memory_mb: "Memory of a call, in MB",
  fuel: "Fuel of a call",
};

export function draftOf(said: SaidControls): ControlsDraft {
  const { egress_hosts: hosts, is_entitled: isEntitled } = said;
  return {
    rates: mapped(said.rates, ({ per_second, burst }) => ({
      perSecond: String(per_second),
      burst: String(burst),
    })),
    quotas: said.quotas.map((quota) => ({ ...quota, limit: String(quota.limit) })),
    limits: mapped(said.limits, String),
    egressMode: hosts === null ? "unsaid" : hosts.length === 0 ? "none" : "only",
    egressHosts: (hosts ?? []).join("\n"),
    entitled: isEntitled === null ? "" : isEntitled ? "yes" : "no",
  };
}

export function readDraft(draft: ControlsDraft): ReadDraft {
  const problems: string[] = [];
  const said: SaidControls = {
    rates: readRates(draft, problems),
    quotas: readQuotas(draft, problems),
    limits: readLimits(draft, problems),
    egress_hosts: readHosts(draft, problems),
    is_entitled: draft.entitled === "" ? null : draft.entitled === "yes",
  };
  return { said, problems };
}

function readRates(draft: ControlsDraft, problems: string[]): Record<string, Rate> {
  const rates: Record<string, Rate> = {};
  for (const [name, { perSecond, burst }] of Object.entries(draft.rates)) {
    if (perSecond.trim() === "" && burst.trim() === "") continue;
    const [steady, atOnce] = [Number(perSecond), Number(burst)];
    if (!(steady > 0) || !Number.isInteger(atOnce) || atOnce < 1)
      problems.push(
        `${RATES[name] ?? name}: a rate is calls per second and a whole number that may come at once.`,
      );
    else rates[name] = { per_second: steady, burst: atOnce };
  }
  return rates;
}

function readQuotas(draft: ControlsDraft, problems: string[]): Quota[] {
  const seen = new Set<string>();
  return draft.quotas.flatMap((quota) => {
    const name = `${quota.scope}.${quota.kind}.${quota.window}`;
    const limit = Number(quota.limit);
    if (quota.limit.trim() === "" || !Number.isInteger(limit) || limit < 0)
      problems.push(`The quota ${name} is a whole number; 0 allows none.`);
    if (seen.has(name)) problems.push(`The quota ${name} is there twice.`);
    seen.add(name);
    return [{ ...quota, limit }];
  });
}

function readLimits(draft: ControlsDraft, problems: string[]): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const [name, text] of Object.entries(draft.limits)) {
    if (text.trim() === "") continue;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1)
      problems.push(`${LIMITS[name] ?? name}: a whole number, 1 or more.`);
    else limits[name] = value;
  }
  return limits;
}

function readHosts(draft: ControlsDraft, problems: string[]): readonly string[] | null {
  if (draft.egressMode === "unsaid") return null;
  if (draft.egressMode === "none") return [];
  const hosts = draft.egressHosts.split(/[\s,]+/u).filter((host) => host !== "");
  if (hosts.length === 0) problems.push("Name at least one host, or choose that none is called.");
  return hosts;
}

function mapped<From, To>(
  table: Readonly<Record<string, From>>,
  to: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, to(value)]));
}
