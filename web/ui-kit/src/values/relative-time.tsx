import { useState } from "react";
import { copyText } from "../base/copy-text.ts";
import { Tooltip } from "../overlays/tooltip.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { formatRelative, formatTime, RELATIVE_FOR_MS } from "./format-time.ts";
import { None } from "./none.tsx";
import { useNow } from "./use-now.ts";
import { useZone } from "./zone-provider.tsx";

export interface RelativeTimeProps {
  /** RFC 3339, or a Date. */
  value: string | Date | null | undefined;
  /** `absolute` writes the exact time first and the age below: for audits, executions, versions. */
  first?: "relative" | "absolute" | undefined;
  /** Inside a link or button: plain text, without tooltip and copying. */
  plain?: boolean | undefined;
  /** The present, for tests. */
  now?: Date | undefined;
}

/** When something was: an age up to seven days, the exact time on hover and focus; a press copies it in UTC. */
export function RelativeTime({ value, first = "relative", plain = false, now }: RelativeTimeProps) {
  const zone = useZone();
  const present = useNow();
  const strings = useStrings();
  const [copied, setCopied] = useState(false);
  if (value === null || value === undefined) return <None />;
  const time = typeof value === "string" ? new Date(value) : value;
  if (Number.isNaN(time.getTime())) return <None />;
  const exact = formatTime(time, zone);
  const age = formatRelative(time, now ?? present);
  const isRecent = Math.abs((now ?? present).getTime() - time.getTime()) <= RELATIVE_FOR_MS;
  const shown = first === "relative" && isRecent ? age : exact;
  const element = <time dateTime={time.toISOString()}>{shown}</time>;
  if (plain) return element;
  const second = shown === exact ? age : formatTime(time, zone, { seconds: true });
  const copy = async () => setCopied(await copyText(time.toISOString()));
  return (
    <span className="annex-time">
      <Tooltip text={copied ? strings.copied : second}>
        <button type="button" className="annex-time-button" onClick={copy} onBlur={() => setCopied(false)}>
          {element}
        </button>
      </Tooltip>
      {first === "absolute" && isRecent && <span className="annex-time-second">{age}</span>}
      <span className="annex-hidden" role="status">
        {copied && strings.copied}
      </span>
    </span>
  );
}
