import type { ReactNode } from "react";
import { classNames } from "../base/class-names.ts";

export interface StackProps {
  /** `row` wraps where there is no room. Default `column`. */
  direction?: "row" | "column" | undefined;
  /** In steps of 8 pixels; `half` is 4. Default 2. */
  gap?: "none" | "half" | 1 | 2 | 3 | 4 | undefined;
  align?: "start" | "center" | "end" | "stretch" | undefined;
  justify?: "start" | "center" | "end" | "between" | undefined;
  className?: string | undefined;
  children?: ReactNode;
}

/** Things one after another with equal space. */
export function Stack({ direction = "column", gap = 2, align, justify, className, children }: StackProps) {
  return (
    <div
      className={classNames("annex-stack", className)}
      data-direction={direction}
      data-gap={gap}
      data-align={align}
      data-justify={justify}
    >
      {children}
    </div>
  );
}
