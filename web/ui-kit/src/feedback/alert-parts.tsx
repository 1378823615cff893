import type { ReactNode } from "react";

/** The first line of an Alert whose parts are written as children. */
export function AlertTitle({ children }: { children: ReactNode }) {
  return <div className="annex-alert-title">{children}</div>;
}

/** What follows an AlertTitle. */
export function AlertDescription({ children }: { children: ReactNode }) {
  return <div>{children}</div>;
}
