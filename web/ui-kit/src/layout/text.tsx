import type { ReactNode } from "react";
import { classNames } from "../base/class-names.ts";

export interface TextProps {
  as?: "p" | "span" | "div" | "strong" | "small" | undefined;
  tone?: "normal" | "muted" | "danger" | undefined;
  size?: "small" | "body" | "large" | undefined;
  strong?: boolean | undefined;
  className?: string | undefined;
  children?: ReactNode;
}

/** Words. */
export function Text({
  as: Element = "p",
  tone = "normal",
  size = "body",
  strong,
  className,
  children,
}: TextProps) {
  return (
    <Element
      className={classNames("annex-text", className)}
      data-tone={tone}
      data-size={size}
      data-strong={strong || undefined}
    >
      {children}
    </Element>
  );
}
