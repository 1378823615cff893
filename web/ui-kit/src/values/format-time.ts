export type Zone = "local" | "utc";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Up to this age a time is told as an age. */
export const RELATIVE_FOR_MS = 7 * DAY;

/** Write a time exactly, with its zone: `18 Nov 2026, 09:12 UTC`; `seconds` adds them. */
export function formatTime(
  time: Date,
  zone: Zone,
  options: { seconds?: boolean; locale?: string } = {},
): string {
  const format = new Intl.DateTimeFormat(options.locale ?? "en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    ...(options.seconds ? { second: "2-digit" as const } : {}),
    hourCycle: "h23",
    timeZoneName: "short",
    ...(zone === "utc" ? { timeZone: "UTC" } : {}),
  });
  return format.format(time).replace(/\bSept\b/, "Sep");
}

/** Write how long ago, or how far ahead: `3 hours ago`, `in 5 min`. */
export function formatRelative(time: Date, now: Date): string {
  const distance = now.getTime() - time.getTime();
  const amount = Math.abs(distance);
  if (amount < 10_000) return "just now";
  const text = span(amount);
  return distance < 0 ? `in ${text}` : `${text} ago`;
}

function span(amount: number): string {
  if (amount < MINUTE) return `${Math.floor(amount / 1000)} s`;
  if (amount < HOUR) return `${Math.floor(amount / MINUTE)} min`;
  if (amount < DAY) return plural(Math.floor(amount / HOUR), "hour");
  return plural(Math.floor(amount / DAY), "day");
}

function plural(count: number, word: string): string {
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}
