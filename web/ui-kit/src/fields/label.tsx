import type { ComponentPropsWithRef } from "react";
import { classNames } from "../base/class-names.ts";

export interface LabelProps extends ComponentPropsWithRef<"label"> {
  /** The id of the control it names. */
  htmlFor: string;
}

/** The name of a control of your own; the kit's fields bring theirs. */
export function Label({ className, children, htmlFor, ...rest }: LabelProps) {
  return (
    <label {...rest} htmlFor={htmlFor} className={classNames("annex-label", className)}>
      {children}
    </label>
  );
}
