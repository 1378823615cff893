import type { ReactNode } from "react";
import { classNames } from "../base/class-names.ts";
import { type LinkComponentProps, useLinkComponent } from "../links/link-provider.tsx";
import type { ButtonSize, ButtonVariant } from "./button.tsx";

export interface LinkButtonProps extends LinkComponentProps {
  variant?: ButtonVariant | undefined;
  size?: ButtonSize | undefined;
  icon?: ReactNode;
}

/** Goes somewhere, and looks like a button. */
export function LinkButton({ variant, size, icon, className, children, ...rest }: LinkButtonProps) {
  const Anchor = useLinkComponent();
  return (
    <Anchor
      {...rest}
      className={classNames("annex-button", className)}
      data-variant={variant ?? "secondary"}
      data-size={size ?? "medium"}
    >
      <span className="annex-button-content">
        {icon}
        {children}
      </span>
    </Anchor>
  );
}
