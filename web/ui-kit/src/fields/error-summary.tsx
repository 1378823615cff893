import { type MouseEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { useStrings } from "../strings/strings-provider.tsx";

/** What is wrong with one field; without `field` it is about the whole. */
export interface FieldProblem {
  /** The field's id. */
  field?: string | undefined;
  text: string;
}

export interface ErrorSummaryProps {
  problems: readonly FieldProblem[];
  title?: string | undefined;
  children?: ReactNode;
}

/** All problems of a form in one place; takes the focus when they appear, and links to each field. */
export function ErrorSummary({ problems, title, children }: ErrorSummaryProps) {
  const strings = useStrings();
  const heading = useId();
  const summary = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problems.length > 0) summary.current?.focus();
  }, [problems]);
  if (problems.length === 0) return null;
  return (
    <div ref={summary} className="annex-error-summary" role="alert" tabIndex={-1} aria-labelledby={heading}>
      <h2 id={heading} className="annex-error-summary-title">
        {title ?? strings.problems}
      </h2>
      {children}
      <ul>
        {problems.map((problem) => (
          <li key={`${problem.field} ${problem.text}`}>
            {problem.field === undefined ? (
              problem.text
            ) : (
              <a
                className="annex-link"
                href={`#${problem.field}`}
                onClick={(event) => goTo(event, problem.field)}
              >
                {problem.text}
              </a>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Move the focus without touching the address bar, which belongs to the router. */
function goTo(event: MouseEvent, field: string | undefined): void {
  const element = field === undefined ? null : document.getElementById(field);
  if (element === null) return;
  event.preventDefault();
  element.focus();
  element.scrollIntoView({ block: "center" });
}
