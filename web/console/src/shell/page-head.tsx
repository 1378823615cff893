import { IdText } from "@annex/ui-kit";
import { type ReactNode, useEffect } from "react";

export interface PageHeadProps {
  readonly title: string;
  readonly subtitle?: ReactNode;
  /** The one status of what the page is about. */
  readonly status?: ReactNode;
  /** A copyable id below the name. */
  readonly id?: { readonly value: string; readonly name: string } | undefined;
  /** The one primary action, and at most a few others. */
  readonly actions?: ReactNode;
}

/** The page's one h1 with status and actions; names the browser's tab, too. */
export function PageHead({ title, subtitle, status, id, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Annex`;
  }, [title]);
  return (
    <header className="annex-page-head">
      <div className="annex-page-name">
        <h1 className="annex-page-title">{title}</h1>
        {status}
      </div>
      {actions && <div className="annex-page-actions">{actions}</div>}
      {(subtitle || id) && (
        <div className="annex-page-subtitle">
          {subtitle} {id && <IdText value={id.value} what={id.name} />}
        </div>
      )}
    </header>
  );
}
