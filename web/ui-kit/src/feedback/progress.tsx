import { type ReactNode, useId } from "react";
import { useStrings } from "../strings/strings-provider.tsx";
import type { Tone } from "./tone.ts";

export interface ProgressProps {
  label: string;
  /** How much is done; without it only that something is. */
  value?: number | undefined;
  max?: number | undefined;
  /** Words instead of per cent: "3.1 MB of 12 MB". */
  text?: ReactNode;
  /** `warning` and `danger` for limits that are near or reached. */
  tone?: Extract<Tone, "info" | "warning" | "danger"> | undefined;
}

/** How far something is, or how much of a limit is used. */
export function Progress({ label, value, max = 1, text, tone = "info" }: ProgressProps) {
  const id = useId();
  const strings = useStrings();
  const shown = text ?? (value === undefined ? undefined : strings.progress(value, max));
  return (
    <div className="annex-progress" data-tone={tone}>
      <span className="annex-progress-head">
        <label htmlFor={id}>{label}</label>
        <span className="annex-number">{shown}</span>
      </span>
      <progress
        id={id}
        className="annex-progress-bar"
        max={max}
        {...(value === undefined ? {} : { value })}
      />
    </div>
  );
}
