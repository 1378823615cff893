import type { ReactNode } from "react";

/** One component in its states, with what to do and what not to. */
export interface Story {
  name: string;
  do: string;
  dont: string;
  Example: () => ReactNode;
}
