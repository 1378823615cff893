/** Filters of executions: how they stand in the address, what they ask the gateway, how they read. */

export const FILTERS = [
  "range",
  "class",
  "status",
  "code",
  "endpoint",
  "slower",
  "request",
  "caller",
  "trigger",
  "extension",
] as const;
export type FilterName = (typeof FILTERS)[number];
export type FilterValues = Readonly<Record<FilterName, string>>;

export const RANGES = {
  "1h": { text: "the last hour", ms: 3_600_000 },
  "24h": { text: "the last 24 hours", ms: 86_400_000 },
  "7d": { text: "the last 7 days", ms: 604_800_000 },
  "30d": { text: "the last 30 days", ms: 2_592_000_000 },
} as const;
export type Range = keyof typeof RANGES;
export const CLASSES = ["2xx", "3xx", "4xx", "5xx"] as const;
export const STATUSES = ["ok", "error", "timeout", "policy_denied", "upstream_error", "started"] as const;
export const TRIGGERS = ["http", "schedule", "event"] as const;

/** The time shown; what an address says that is none is the last hour. */
export function rangeOf({ range }: Pick<FilterValues, "range">): Range {
  return Object.hasOwn(RANGES, range) ? (range as Range) : "1h";
}

export interface ExecutionQuery {
  since: string;
  extension?: string;
  status?: (typeof STATUSES)[number];
  code?: string;
  trigger?: (typeof TRIGGERS)[number];
  principal_id?: string;
  request_id?: string;
  endpoint?: string;
  http_class?: (typeof CLASSES)[number];
  min_duration_ms?: number;
}

/** Makes the gateway's query. A value that cannot be is left out, as is its chip: an address is typed by people. */
export function executionQuery(values: FilterValues, now: number): ExecutionQuery {
  const query: ExecutionQuery = { since: new Date(now - RANGES[rangeOf(values)].ms).toISOString() };
  const status = STATUSES.find((one) => one === values.status);
  const httpClass = CLASSES.find((one) => one === values.class);
  const trigger = TRIGGERS.find((one) => one === values.trigger);
  const slower = milliseconds(values.slower);
  if (status !== undefined) query.status = status;
  if (httpClass !== undefined) query.http_class = httpClass;
  if (trigger !== undefined) query.trigger = trigger;
  if (slower !== null) query.min_duration_ms = slower;
  if (values.code !== "") query.code = values.code;
  if (values.endpoint !== "") query.endpoint = values.endpoint;
  if (values.request !== "") query.request_id = values.request;
  if (values.caller !== "") query.principal_id = values.caller;
  if (values.extension !== "") query.extension = values.extension;
  return query;
}

/** Reads `500`, `500ms` or `1.5s`. */
export function milliseconds(text: string): number | null {
  const found = /^(\d{1,6}(?:\.\d{1,3})?)\s*(ms|s)?$/.exec(text.trim());
  if (found === null) return null;
  return Math.round(Number(found[1]) * (found[2] === "s" ? 1000 : 1));
}

export interface Chip {
  readonly name: FilterName;
  readonly text: string;
}

/** What is set, in words; the time is not among it, for there is always one. */
export function chipsOf(values: FilterValues): Chip[] {
  const query = executionQuery(values, 0);
  const slower = query.min_duration_ms;
  const chips: [FilterName, string | undefined][] = [
    ["extension", query.extension && `extension ${query.extension}`],
    ["class", query.http_class && `status ${query.http_class}`],
    ["status", query.status && `outcome ${query.status}`],
    ["code", query.code && `code ${query.code}`],
    ["endpoint", query.endpoint && `endpoint ${query.endpoint}`],
    ["slower", slower === undefined ? undefined : `duration ≥ ${slower} ms`],
    ["request", query.request_id && `request ${query.request_id}`],
    ["caller", query.principal_id && `caller ${query.principal_id}`],
    ["trigger", query.trigger && `trigger ${query.trigger}`],
  ];
  return chips.flatMap(([name, text]) => (text ? [{ name, text }] : []));
}

/** `No executions match status 5xx and endpoint /notes.` */
export function nothingFits(values: FilterValues): string {
  const words = chipsOf(values).map(({ text }) => text);
  return `No executions match ${new Intl.ListFormat("en", { type: "conjunction" }).format(words)}.`;
}
