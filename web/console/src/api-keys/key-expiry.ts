/** When a new key ends: 90 days from now if nobody chooses. */

export const EXPIRIES = [
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
  { value: "", label: "Never" },
] as const;
export const DEFAULT_EXPIRY = "90";

const DAY_MS = 86_400_000;

export function expiryOf(days: string, now: Date): string | null {
  return days === "" ? null : new Date(now.getTime() + Number(days) * DAY_MS).toISOString();
}
