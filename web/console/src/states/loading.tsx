import { Button, Skeleton } from "@annex/ui-kit";
import { type ReactNode, useEffect, useState } from "react";

const SKELETON_AFTER_MS = 200;
const SLOW_AFTER_MS = 5000;

export interface LoadingProps {
  /** What is being loaded, as in "Loading versions". */
  readonly what: string;
  /** The page's own columns in grey; without it, plain lines. */
  readonly skeleton?: ReactNode;
  /** Offered once it has taken long. */
  readonly cancel?: (() => void) | undefined;
}

/** Nothing for 200 ms, then a skeleton, after five seconds words and a way out. */
export function Loading({ what, skeleton, cancel }: LoadingProps) {
  const isShown = useIsPast(SKELETON_AFTER_MS);
  const isSlow = useIsPast(SLOW_AFTER_MS);
  return (
    <div className="loading" role="status" aria-busy="true">
      {isShown && <span className="annex-hidden">Loading {what}</span>}
      {isSlow && (
        <p>
          Still loading {what}. {cancel && <Button onClick={cancel}>Cancel</Button>}
        </p>
      )}
      {isShown && (skeleton ?? <Skeleton lines={4} />)}
    </div>
  );
}

function useIsPast(milliseconds: number): boolean {
  const [isPast, setIsPast] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsPast(true), milliseconds);
    return () => clearTimeout(timer);
  }, [milliseconds]);
  return isPast;
}
