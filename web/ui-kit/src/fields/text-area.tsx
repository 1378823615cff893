import type { ComponentPropsWithRef } from "react";
import { classNames } from "../base/class-names.ts";
import { Field, type FieldProps } from "./field.tsx";
import { splitField } from "./split-field.ts";

export interface TextAreaProps
  extends FieldProps,
    Omit<ComponentPropsWithRef<"textarea">, keyof FieldProps | "children"> {
  code?: boolean | undefined;
}

/** Several lines of text. */
export function TextArea(props: TextAreaProps) {
  const [field, { code, className, ...area }] = splitField(props);
  return (
    <Field {...field} className={className}>
      {(control) => (
        <textarea
          rows={4}
          {...area}
          {...control}
          className={classNames("annex-input annex-text-area", code && "annex-input-code")}
        />
      )}
    </Field>
  );
}
