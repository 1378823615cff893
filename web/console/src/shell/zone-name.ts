import type { Zone } from "@annex/ui-kit";

/** The zone that times are written in, as it is called now: `UTC`, `GMT+2`. */
export function zoneName(zone: Zone, now: Date): string {
  if (zone === "utc") return "UTC";
  const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(now);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "local time";
}
