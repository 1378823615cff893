import type { ReactNode } from "react";
import { classNames } from "../base/class-names.ts";
import { Tooltip } from "../overlays/tooltip.tsx";
import { Button, type ButtonProps } from "./button.tsx";

export interface IconButtonProps extends Omit<ButtonProps, "children" | "aria-label" | "icon"> {
  /** What it does; shown on hover and focus, and read. */
  label: string;
  icon: ReactNode;
  /** Shown instead of the label for a while, such as "Copied"; the name stays. */
  hint?: string | undefined;
}

/** A button that is only a drawing; never without a label. */
export function IconButton({ label, icon, hint, className, variant, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={hint || label} names open={Boolean(hint) || undefined}>
      <Button
        {...rest}
        variant={variant ?? "quiet"}
        className={classNames("annex-icon-button", className)}
        aria-label={label}
      >
        {icon}
      </Button>
    </Tooltip>
  );
}
