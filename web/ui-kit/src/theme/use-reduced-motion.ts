import { useMediaQuery } from "./use-media-query.ts";

/** Whether the reader asks for no motion. */
export function useReducedMotion(): boolean {
  return useMediaQuery("(prefers-reduced-motion: reduce)");
}
