import { formatBytes } from "./format-bytes.ts";
import { None } from "./none.tsx";

/** A size in decimal units; the exact number on hover. */
export function Bytes({ value }: { value: number | null | undefined }) {
  if (value === null || value === undefined) return <None />;
  return (
    <data className="annex-number" value={value} title={`${value.toLocaleString("en-GB")} bytes`}>
      {formatBytes(value)}
    </data>
  );
}
