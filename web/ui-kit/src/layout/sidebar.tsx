import type { ReactNode } from "react";

export interface SidebarProps {
  /** What stands beside: a NavList, filters, a summary. */
  side: ReactNode;
  /** Where the side is. Default `start`. */
  at?: "start" | "end" | undefined;
  children: ReactNode;
}

/** A narrow and a wide column; one above the other where the container is narrow. */
export function Sidebar({ side, at = "start", children }: SidebarProps) {
  return (
    <div className="annex-sidebar-container">
      <div className="annex-sidebar" data-at={at}>
        <div className="annex-sidebar-side">{side}</div>
        <div className="annex-sidebar-main">{children}</div>
      </div>
    </div>
  );
}
