import { useZone, type Zone } from "@annex/ui-kit";

/** When a line was written, as short as a column of them can be; the foot of the view names the zone. */
export function RowTime({ at }: { at: string }) {
  const zone = useZone();
  return <time dateTime={at}>{timeOfRow(at, zone)}</time>;
}

/** `12:03:11.042` in the chosen zone. */
export function timeOfRow(text: string, zone: Zone): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return "–";
  if (zone === "utc") return at.toISOString().slice(11, 23);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  return `${clock}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}
