/** What extensions used, added up by day and by extension. */

export interface UsageRow {
  readonly window_start: string;
  readonly extension_id: string;
  readonly invocations: number;
  readonly cpu_ms: number;
  readonly mem_mb_ms: number;
  readonly egress_bytes: number;
}

export const MEASURES = ["invocations", "cpu_ms", "mem_mb_ms", "egress_bytes"] as const;
export type Measure = (typeof MEASURES)[number];
export const MEASURE_WORDS: Readonly<Record<Measure, string>> = {
  invocations: "Invocations",
  cpu_ms: "Processor time",
  mem_mb_ms: "Memory over time",
  egress_bytes: "Bytes sent and received",
};

export interface DayOfUse {
  readonly day: string;
  readonly amount: number;
}

const DAY_MS = 86_400_000;
export const DAYS = 30;

/** The days that are shown, the oldest first; they are days in UTC. */
export function lastDays(now: number, count: number = DAYS): string[] {
  return Array.from({ length: count }, (_, index) =>
    new Date(now - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  );
}

/** Every day has an amount, also one on which nothing ran. */
export function byDay(rows: readonly UsageRow[], measure: Measure, days: readonly string[]): DayOfUse[] {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(row.window_start, (sums.get(row.window_start) ?? 0) + row[measure]);
  return days.map((day) => ({ day, amount: sums.get(day) ?? 0 }));
}

export interface Consumer extends Readonly<Record<Measure, number>> {
  readonly extensionId: string;
  /** Of all, in the measure that was asked for; 0 to 1. */
  readonly share: number;
}

/** Extensions by what they used, the most first. */
export function byExtension(rows: readonly UsageRow[], measure: Measure): Consumer[] {
  const sums = new Map<string, Record<Measure, number>>();
  for (const row of rows) {
    const sum = sums.get(row.extension_id) ?? { invocations: 0, cpu_ms: 0, mem_mb_ms: 0, egress_bytes: 0 };
    for (const each of MEASURES) sum[each] += row[each];
    sums.set(row.extension_id, sum);
  }
  const total = [...sums.values()].reduce((all, sum) => all + sum[measure], 0);
  return [...sums]
    .map(([extensionId, sum]) => ({ extensionId, ...sum, share: total === 0 ? 0 : sum[measure] / total }))
    .toSorted((a, b) => b[measure] - a[measure] || a.extensionId.localeCompare(b.extensionId));
}
