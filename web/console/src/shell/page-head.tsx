import { type ReactNode, useEffect } from "react";
import { Copyable } from "./copyable.tsx";

export interface PageHeadProps {
  readonly title: string;
  readonly subtitle?: ReactNode;
  /** The one status of what the page is about. */
  readonly status?: ReactNode;
  /** A copyable id below the name. */
  readonly id?: { readonly value: string; readonly name: string };
  /** The one primary action, and at most a few others. */
  readonly actions?: ReactNode;
}

/** The page's one h1 with status and actions; names the browser's tab, too. */
export function PageHead({ title, subtitle, status, id, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Annex`;
  }, [title]);
  return (
    <div className="page-head">
      <div>
        <h1 tabIndex={-1}>
          {title} {status}
        </h1>
        {subtitle && <p className="subtitle">{subtitle}</p>}
        {id && <Copyable value={id.value} name={id.name} />}
      </div>
      {actions && <div className="actions">{actions}</div>}
    </div>
  );
}
