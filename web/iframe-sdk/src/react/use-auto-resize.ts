import { type RefObject, useEffect } from "react";
import { followHeight } from "../guest/follow-height.ts";
import { useHost } from "./use-host.ts";

/** Have the frame follow the height of an element, or of the document. */
export function useAutoResize(ref?: RefObject<Element | null>): void {
  const host = useHost();
  useEffect(() => {
    const tell = (height: number) => void host.resize(height);
    return followHeight(tell, ref?.current ?? undefined);
  }, [host, ref]);
}
