import { useEffect, useState } from "react";
import { useStrings } from "../strings/strings-provider.tsx";

export interface SpinnerProps {
  /** What is awaited; read after a second. */
  label?: string | undefined;
  size?: "small" | "medium" | "large" | undefined;
  /** Show the words beside it. */
  showLabel?: boolean | undefined;
}

const ANNOUNCE_MS = 1000;

/** Something is under way whose length nobody knows. Where it is known, Progress. */
export function Spinner({ label, size = "medium", showLabel = false }: SpinnerProps) {
  const strings = useStrings();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), ANNOUNCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const text = label ?? strings.loading;
  return (
    <span className="annex-spinner" data-size={size}>
      <span className="annex-spinner-ring" aria-hidden="true" />
      {showLabel && <span aria-hidden="true">{text}</span>}
      <span className="annex-hidden" role="status">
        {late && text}
      </span>
    </span>
  );
}
