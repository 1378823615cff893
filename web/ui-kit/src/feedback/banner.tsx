import type { ReactNode } from "react";
import { Icon } from "../base/icon.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { type Tone, toneIcons } from "./tone.ts";

export interface BannerProps {
  tone?: Exclude<Tone, "neutral"> | undefined;
  children: ReactNode;
  actions?: ReactNode;
}

/** One line across the page about the page itself: stale, offline, waiting for consent. */
export function Banner({ tone = "info", children, actions }: BannerProps) {
  const strings = useStrings();
  return (
    <div className="annex-banner" data-tone={tone} role={tone === "danger" ? "alert" : "status"}>
      <Icon name={toneIcons[tone]} />
      <div className="annex-banner-text">
        <span className="annex-hidden">{strings[tone]}: </span>
        {children}
      </div>
      {actions !== undefined && <div className="annex-banner-actions">{actions}</div>}
    </div>
  );
}
