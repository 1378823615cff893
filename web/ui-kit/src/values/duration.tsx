import { formatDuration } from "./format-duration.ts";
import { None } from "./none.tsx";

/** A length of time, given in milliseconds; the exact number on hover. */
export function Duration({ ms }: { ms: number | null | undefined }) {
  if (ms === null || ms === undefined) return <None />;
  return (
    <data className="annex-number" value={ms} title={`${ms.toLocaleString("en-GB")} ms`}>
      {formatDuration(ms)}
    </data>
  );
}
