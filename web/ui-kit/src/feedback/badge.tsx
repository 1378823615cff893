import type { ReactNode } from "react";
import type { Tone } from "./tone.ts";

export interface BadgeProps {
  tone?: Tone | undefined;
  /** Words; a badge without them says nothing. */
  children: ReactNode;
}

/** A short fact about the thing beside it: `yanked`, `2 bundles`. */
export function Badge({ tone = "neutral", children }: BadgeProps) {
  return (
    <span className="annex-badge" data-tone={tone}>
      {children}
    </span>
  );
}
