import type { Zone } from "@annex/ui-kit";

/** `12:03:11 GMT+2`: a time of today with its zone, which is always said. */
export function timeOfDay(at: Date, zone: Zone): string {
  const options = zone === "utc" ? { timeZone: "UTC" } : {};
  return new Intl.DateTimeFormat("en-GB", { timeStyle: "long", hourCycle: "h23", ...options }).format(at);
}
