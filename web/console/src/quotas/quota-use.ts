/** How much of each quota is used, and what that means for calls. */

export interface Quota {
  readonly scope: string;
  readonly kind: string;
  readonly window: string;
  readonly limit: number;
}

export interface Used {
  readonly window_start: string;
  readonly extension_id: string;
  readonly invocations: number;
  readonly cpu_ms: number;
  readonly mem_mb_ms: number;
  readonly egress_bytes: number;
}

export type QuotaLevel = "ok" | "near" | "full";

export interface QuotaUse {
  readonly quota: Quota;
  readonly used: number;
  /** 0 to 1 and beyond: runs that were under way are counted too. */
  readonly share: number;
  readonly level: QuotaLevel;
  readonly resetsAt: Date;
  readonly words: string;
}

const NEAR = 0.8;
const CODE = "QUOTA_EXCEEDED";

/** `rows` are those of the quota's window; of one extension if the quota is. */
export function quotaUse(quota: Quota, rows: readonly Used[], now: Date): QuotaUse {
  const start = windowStart(quota.window, now);
  const used = rows
    .filter((row) => row.window_start === start)
    .reduce((sum, row) => sum + counted(row, quota.kind), 0);
  const share = quota.limit === 0 ? 1 : used / quota.limit;
  const level = share >= 1 ? "full" : share >= NEAR ? "near" : "ok";
  return { quota, used, share, level, resetsAt: windowEnd(quota.window, now), words: wordsOf(level, share) };
}

export function quotaName(quota: Quota): string {
  return `${KINDS[quota.kind] ?? quota.kind} per ${quota.window}`;
}

export function quotaAmount(kind: string, amount: number): string {
  if (kind === "egress_bytes") return bytes(amount);
  if (kind === "cpu_ms") return duration(amount);
  if (kind === "mem_mb_ms") return `${grouped(amount / 1000)} MiB·s`;
  return grouped(amount);
}

/** The day on which the window began, in UTC, as the usage listing writes it. */
export function windowStart(window: string, now: Date): string {
  const day = now.toISOString().slice(0, 10);
  return window === "month" ? `${day.slice(0, 8)}01` : day;
}

const KINDS: Readonly<Record<string, string>> = {
  invocations: "Calls",
  cpu_ms: "CPU time",
  mem_mb_ms: "Memory over time",
  egress_bytes: "Bytes sent out",
};

function counted(row: Used, kind: string): number {
  switch (kind) {
    case "invocations":
      return row.invocations;
    case "cpu_ms":
      return row.cpu_ms;
    case "mem_mb_ms":
      return row.mem_mb_ms;
    case "egress_bytes":
      return row.egress_bytes;
    default:
      return 0;
  }
}

function wordsOf(level: QuotaLevel, share: number): string {
  const percent = Math.floor(share * 100);
  switch (level) {
    case "ok":
      return `${percent} % used`;
    case "near":
      return `${percent} % used: near the limit`;
    case "full":
      return `Used up: calls are refused with ${CODE}`;
  }
}

function windowEnd(window: string, now: Date): Date {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return new Date(window === "month" ? Date.UTC(year, month + 1, 1) : Date.UTC(year, month, day + 1));
}

function bytes(amount: number): string {
  if (amount >= 1e9) return `${grouped(amount / 1e9)} GB`;
  if (amount >= 1e6) return `${grouped(amount / 1e6)} MB`;
  return amount >= 1000 ? `${grouped(amount / 1000)} kB` : `${grouped(amount)} B`;
}

function duration(ms: number): string {
  if (ms >= 3_600_000) return `${grouped(ms / 3_600_000)} h`;
  if (ms >= 60_000) return `${grouped(ms / 60_000)} min`;
  return ms >= 1000 ? `${grouped(ms / 1000)} s` : `${grouped(ms)} ms`;
}

function grouped(amount: number): string {
  return new Intl.NumberFormat("en", { maximumFractionDigits: amount < 100 ? 1 : 0 }).format(amount);
}
