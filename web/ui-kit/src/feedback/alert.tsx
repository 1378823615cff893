import type { ReactNode, Ref } from "react";
import { IconButton } from "../actions/icon-button.tsx";
import { Icon } from "../base/icon.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { type Tone, toneIcons } from "./tone.ts";

export interface AlertProps {
  tone?: Exclude<Tone, "neutral"> | undefined;
  title?: ReactNode;
  children?: ReactNode;
  /** Buttons below the words. */
  actions?: ReactNode;
  onDismiss?: (() => void) | undefined;
  /** `none` for what stood there from the start; otherwise errors are announced at once, the rest when idle. */
  announce?: "auto" | "none" | undefined;
  /** Lets the page move the focus to it. */
  ref?: Ref<HTMLDivElement> | undefined;
}

/** What happened or needs attention, where it belongs in the page. */
export function Alert({
  tone = "info",
  title,
  children,
  actions,
  onDismiss,
  announce = "auto",
  ref,
}: AlertProps) {
  const strings = useStrings();
  const role = tone === "danger" ? "alert" : "status";
  return (
    <div
      ref={ref}
      className="annex-alert"
      data-tone={tone}
      role={announce === "none" ? undefined : role}
      tabIndex={-1}
    >
      <Icon name={toneIcons[tone]} />
      <div className="annex-alert-content">
        <span className="annex-hidden">{strings[tone]}: </span>
        {title !== undefined && <div className="annex-alert-title">{title}</div>}
        {children}
        {actions !== undefined && <div className="annex-alert-actions">{actions}</div>}
      </div>
      {onDismiss !== undefined && (
        <IconButton size="small" label={strings.dismiss} icon={<Icon name="close" />} onClick={onDismiss} />
      )}
    </div>
  );
}
