import { type ReactNode, useEffect, useState } from "react";

const SKELETON_AFTER_MS = 200;
const SLOW_AFTER_MS = 5000;

export interface LoadingProps {
  /** What is being loaded, as in "Loading versions". */
  readonly what: string;
  /** The page's own columns in grey; without it, plain lines. */
  readonly skeleton?: ReactNode;
  /** Offered once it has taken long. */
  readonly cancel?: () => void;
}

/** Nothing for 200 ms, then a skeleton, after five seconds words and a way out. */
export function Loading({ what, skeleton, cancel }: LoadingProps) {
  const isShown = useIsPast(SKELETON_AFTER_MS);
  const isSlow = useIsPast(SLOW_AFTER_MS);
  return (
    <div className="state state-loading" role="status" aria-busy="true">
      {isShown && <span className="visually-hidden">Loading {what}</span>}
      {isShown && (skeleton ?? <PlainSkeleton />)}
      {isSlow && (
        <p>
          Still loading {what}.{" "}
          {cancel && (
            <button type="button" onClick={cancel}>
              Cancel
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function PlainSkeleton() {
  return (
    <div className="skeleton" aria-hidden="true">
      <span />
      <span />
      <span />
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
