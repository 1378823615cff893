import { type ReactNode, useId } from "react";

export interface SectionProps {
  title: ReactNode;
  /** The heading's level below the page's h1. Default 2. */
  level?: 2 | 3 | 4 | undefined;
  description?: ReactNode;
  actions?: ReactNode;
  /** Draw it on a card. */
  card?: boolean | undefined;
  children?: ReactNode;
}

/** A named part of a page. */
export function Section({ title, level = 2, description, actions, card = false, children }: SectionProps) {
  const id = useId();
  const Heading = `h${level}` as const;
  return (
    <section className="annex-section" data-card={card || undefined} aria-labelledby={id}>
      <header className="annex-section-head">
        <Heading id={id} className="annex-section-title">
          {title}
        </Heading>
        {actions !== undefined && <div className="annex-section-actions">{actions}</div>}
        {description !== undefined && <p className="annex-section-description">{description}</p>}
      </header>
      {children}
    </section>
  );
}
