import type { ComponentPropsWithRef } from "react";
import { classNames } from "../base/class-names.ts";
import { ErrorSummary, type FieldProblem } from "./error-summary.tsx";

export interface FormProps extends Omit<ComponentPropsWithRef<"form">, "onSubmit"> {
  onSubmit: (data: FormData, form: HTMLFormElement) => void;
  /** What is wrong, after a try to send; the summary is shown first and takes the focus. */
  problems?: readonly FieldProblem[] | undefined;
}

/** Fields that are sent together. Every field shows its own error, too, in the same words. */
export function Form({ onSubmit, problems = [], className, children, ...rest }: FormProps) {
  return (
    <form
      noValidate
      {...rest}
      className={classNames("annex-form", className)}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(new FormData(event.currentTarget), event.currentTarget);
      }}
    >
      <ErrorSummary problems={problems} />
      {children}
    </form>
  );
}
