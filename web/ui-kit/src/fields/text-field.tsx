import type { ComponentPropsWithRef, ReactNode } from "react";
import { classNames } from "../base/class-names.ts";
import { Field, type FieldProps } from "./field.tsx";
import { splitField } from "./split-field.ts";

type Native = Omit<ComponentPropsWithRef<"input">, keyof FieldProps | "type" | "size" | "children">;

export interface TextFieldProps extends FieldProps, Native {
  type?: "text" | "email" | "url" | "tel" | "password" | undefined;
  /** Letters of equal width, for names, hashes, addresses. */
  code?: boolean | undefined;
  /** A button after the field, such as CopyButton. */
  after?: ReactNode;
}

/** One line of text. Works with `value` and `onChange`, and with `defaultValue` alone. */
export function TextField(props: TextFieldProps) {
  const [field, { code, after, className, ...input }] = splitField(props);
  return (
    <Field {...field} className={className}>
      {(control) => (
        <span className="annex-input-row">
          <input
            type="text"
            {...input}
            {...control}
            className={classNames("annex-input", code && "annex-input-code")}
          />
          {after}
        </span>
      )}
    </Field>
  );
}
