/** What changed between two words of one place, as flags of `annex controls set`. */

import type { Quota } from "../quotas/quota-use.ts";

export interface Rate {
  readonly per_second: number;
  readonly burst: number;
}

/** What is said at a place, as the platform takes it. */
export interface SaidControls {
  readonly rates: Readonly<Record<string, Rate>>;
  readonly quotas: readonly Quota[];
  readonly limits: Readonly<Record<string, number>>;
  readonly egress_hosts: readonly string[] | null;
  readonly is_entitled: boolean | null;
}

export function controlsWords(before: SaidControls, after: SaidControls): readonly string[] {
  const unset: string[] = [];
  const words = [
    ...flags("--rate", "rates", texts(before.rates, rateText), texts(after.rates, rateText), unset),
    ...flags("--quota", "quotas", quotaTexts(before.quotas), quotaTexts(after.quotas), unset),
    ...flags("--limit", "limits", texts(before.limits, String), texts(after.limits, String), unset),
    ...egressWords(before.egress_hosts, after.egress_hosts, unset),
    ...entitledWords(before.is_entitled, after.is_entitled, unset),
  ];
  return [...words, ...unset.flatMap((name) => ["--unset", name])];
}

export function isSame(before: SaidControls, after: SaidControls): boolean {
  return controlsWords(before, after).length === 0;
}

function flags(
  flag: string,
  table: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  unset: string[],
): readonly string[] {
  for (const name of before.keys()) if (!after.has(name)) unset.push(`${table}.${name}`);
  return [...after].flatMap(([name, text]) => (before.get(name) === text ? [] : [flag, `${name}=${text}`]));
}

function egressWords(
  before: readonly string[] | null,
  after: readonly string[] | null,
  unset: string[],
): readonly string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (after === null) unset.push("egress");
  return (after?.length === 0 ? ["none"] : (after ?? [])).flatMap((host) => ["--egress", host]);
}

function entitledWords(before: boolean | null, after: boolean | null, unset: string[]): readonly string[] {
  if (before === after) return [];
  if (after === null) unset.push("entitled");
  return after === null ? [] : [after ? "--entitled" : "--not-entitled"];
}

function texts<Value>(
  table: Readonly<Record<string, Value>>,
  text: (value: Value) => string,
): ReadonlyMap<string, string> {
  return new Map(Object.entries(table).map(([name, value]) => [name, text(value)]));
}

function rateText(rate: Rate): string {
  return `${rate.per_second}:${rate.burst}`;
}

function quotaTexts(quotas: readonly Quota[]): ReadonlyMap<string, string> {
  return new Map(
    quotas.map(({ scope, kind, window, limit }) => [`${scope}.${kind}.${window}`, String(limit)]),
  );
}
