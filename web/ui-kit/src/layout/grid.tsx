import type { ReactNode } from "react";

export interface GridProps {
  /** The least width of a column; as many as fit stand side by side. Default `medium`, 16 rem. */
  column?: "small" | "medium" | "large" | undefined;
  gap?: 1 | 2 | 3 | undefined;
  children?: ReactNode;
}

/** Things of equal width, as many in a row as fit. */
export function Grid({ column = "medium", gap = 2, children }: GridProps) {
  return (
    <div className="annex-grid" data-column={column} data-gap={gap}>
      {children}
    </div>
  );
}
