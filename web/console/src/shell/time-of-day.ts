/** `12:03:11 UTC+2`: a time of today with its zone, which is always said. */
export function timeOfDay(at: Date): string {
  return new Intl.DateTimeFormat("en-GB", { timeStyle: "long", hourCycle: "h23" }).format(at);
}
