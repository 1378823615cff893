import type { ComponentPropsWithRef, MouseEvent, ReactNode } from "react";
import { classNames } from "../base/class-names.ts";
import { useStrings } from "../strings/strings-provider.tsx";

export type ButtonVariant = "primary" | "secondary" | "danger" | "quiet";
/** 24, 32 or 40 pixels high. */
export type ButtonSize = "small" | "medium" | "large";

export interface ButtonProps extends ComponentPropsWithRef<"button"> {
  /** One `primary` in a view; `danger` for what destroys; `quiet` in rows and toolbars. Default `secondary`. */
  variant?: ButtonVariant | undefined;
  size?: ButtonSize | undefined;
  /** Work is under way: the width stays, the focus stays, presses do nothing. */
  busy?: boolean | undefined;
  /** A drawing before the words. */
  icon?: ReactNode;
}

/** Does something; its words begin with a verb. */
export function Button({
  variant,
  size,
  busy = false,
  icon,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const strings = useStrings();
  const press = (event: MouseEvent<HTMLButtonElement>) => (busy ? event.preventDefault() : onClick?.(event));
  return (
    <button
      type="button"
      {...rest}
      className={classNames("annex-button", className)}
      data-variant={variant ?? "secondary"}
      data-size={size ?? "medium"}
      aria-disabled={busy || rest["aria-disabled"]}
      aria-busy={busy || undefined}
      onClick={press}
    >
      <span className="annex-button-content">
        {icon}
        {children}
      </span>
      {busy && (
        <span className="annex-button-spinner annex-spinner-ring" role="img" aria-label={strings.working} />
      )}
    </button>
  );
}
