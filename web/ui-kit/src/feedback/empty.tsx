import type { ReactNode } from "react";

export interface EmptyProps {
  /** Why there is nothing, and what to do; different when a filter hides everything. */
  children: ReactNode;
  title?: string | undefined;
  actions?: ReactNode;
}

/** What stands where a list would be. */
export function Empty({ title, children, actions }: EmptyProps) {
  return (
    <div className="annex-empty">
      {title !== undefined && <p className="annex-empty-title">{title}</p>}
      <div className="annex-empty-text">{children}</div>
      {actions !== undefined && <div className="annex-empty-actions">{actions}</div>}
    </div>
  );
}
