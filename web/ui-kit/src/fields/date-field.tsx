import type { ComponentPropsWithRef } from "react";
import { Field, type FieldProps } from "./field.tsx";
import { splitField } from "./split-field.ts";

type Native = Omit<
  ComponentPropsWithRef<"input">,
  keyof FieldProps | "type" | "size" | "onChange" | "children"
>;

export interface DateFieldProps extends FieldProps, Native {
  /** `time` asks for the time of day, too. Values are `2026-11-21` and `2026-11-21T09:12`. */
  precision?: "date" | "time" | undefined;
  /** Told the value, empty while it is incomplete. */
  onChange?: ((value: string) => void) | undefined;
}

/** A day, or a day and a time, by the browser's own picker. */
export function DateField(props: DateFieldProps) {
  const [field, { precision = "date", onChange, className, ...input }] = splitField(props);
  return (
    <Field {...field} className={className}>
      {(control) => (
        <input
          {...input}
          {...control}
          type={precision === "date" ? "date" : "datetime-local"}
          className="annex-input annex-input-date"
          onChange={(event) => onChange?.(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
