import type { ComponentPropsWithRef } from "react";
import { classNames } from "../base/class-names.ts";

/** A surface for things that belong together. */
export function Card({ className, ...rest }: ComponentPropsWithRef<"div">) {
  return <div {...rest} className={classNames("annex-card", className)} />;
}
