import type { ReactNode } from "react";
import { Icon } from "../base/icon.tsx";
import { type Tone, toneIcons } from "./tone.ts";

/** A state in words with a mark before it: Running, Failing, Needs consent. */
export function StatusText({ tone = "neutral", children }: { tone?: Tone | undefined; children: ReactNode }) {
  return (
    <span className="annex-status" data-tone={tone}>
      {tone === "neutral" ? (
        <span className="annex-status-dot" aria-hidden="true" />
      ) : (
        <Icon name={toneIcons[tone]} />
      )}
      {children}
    </span>
  );
}
