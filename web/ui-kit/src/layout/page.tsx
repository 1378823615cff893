import type { ReactNode } from "react";
import { Breadcrumbs, type Crumb } from "../navigation/breadcrumbs.tsx";

export interface PageProps {
  title: ReactNode;
  /** One status beside the title. */
  status?: ReactNode;
  /** Below the title: usually a copyable id. */
  subtitle?: ReactNode;
  /** One primary action, and a Menu for the rest. */
  actions?: ReactNode;
  breadcrumbs?: readonly Crumb[] | undefined;
  /** Across the page, above everything: a Banner. */
  banner?: ReactNode;
  children: ReactNode;
}

/** The head and body of a page, with its only h1. */
export function Page({ title, status, subtitle, actions, breadcrumbs, banner, children }: PageProps) {
  return (
    <div className="annex-page">
      {banner}
      {breadcrumbs !== undefined && <Breadcrumbs items={breadcrumbs} />}
      <header className="annex-page-head">
        <div className="annex-page-name">
          <h1 className="annex-page-title">{title}</h1>
          {status}
        </div>
        {actions !== undefined && <div className="annex-page-actions">{actions}</div>}
        {subtitle !== undefined && <div className="annex-page-subtitle">{subtitle}</div>}
      </header>
      <div className="annex-page-body">{children}</div>
    </div>
  );
}
