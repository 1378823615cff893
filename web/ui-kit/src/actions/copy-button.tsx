import { useEffect, useState } from "react";
import { copyText } from "../base/copy-text.ts";
import { Icon } from "../base/icon.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { Button, type ButtonSize } from "./button.tsx";
import { IconButton } from "./icon-button.tsx";

export interface CopyButtonProps {
  /** What is copied, whole. */
  value: string;
  /** What the value is, for the label: "content hash" makes "Copy content hash". */
  what?: string | undefined;
  /** Show words beside the drawing. */
  text?: string | undefined;
  size?: ButtonSize | undefined;
}

const SHOWN_MS = 2000;

/** Copies a value and says so once. */
export function CopyButton({ value, what, text, size }: CopyButtonProps) {
  const strings = useStrings();
  const [outcome, setOutcome] = useState<"copied" | "copyFailed" | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => setOutcome((await copyText(value)) ? "copied" : "copyFailed");
  const label = what === undefined ? strings.copy : `${strings.copy} ${what}`;
  const said = outcome === null ? "" : strings[outcome];
  const icon = <Icon name={outcome === "copied" ? "check" : "copy"} />;
  return (
    <span className="annex-copy">
      {text === undefined ? (
        <IconButton label={label} hint={said} icon={icon} size={size ?? "small"} onClick={copy} />
      ) : (
        <Button icon={icon} size={size} onClick={copy}>
          {text}
        </Button>
      )}
      <span className="annex-hidden" role="status">
        {said}
      </span>
    </span>
  );
}
