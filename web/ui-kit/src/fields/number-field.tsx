import type { ComponentPropsWithRef } from "react";
import { Field, type FieldProps } from "./field.tsx";
import { splitField } from "./split-field.ts";

type Native = Omit<
  ComponentPropsWithRef<"input">,
  keyof FieldProps | "type" | "size" | "value" | "defaultValue" | "onChange" | "children"
>;

export interface NumberFieldProps extends FieldProps, Native {
  value?: number | null | undefined;
  defaultValue?: number | undefined;
  /** Told the number, or null while the field is empty or no number. */
  onChange?: ((value: number | null) => void) | undefined;
  /** Written after the field: "MB", "calls per minute". */
  unit?: string | undefined;
}

/** A number, with its unit. */
export function NumberField(props: NumberFieldProps) {
  const [field, { value, onChange, unit, className, ...input }] = splitField(props);
  const given = value === undefined ? {} : { value: value ?? "" };
  return (
    <Field {...field} className={className}>
      {(control) => (
        <span className="annex-input-row">
          <input
            {...input}
            {...control}
            {...given}
            type="number"
            className="annex-input annex-input-number"
            onChange={(event) => {
              const number = event.currentTarget.valueAsNumber;
              onChange?.(Number.isNaN(number) ? null : number);
            }}
          />
          {unit !== undefined && <span className="annex-input-unit">{unit}</span>}
        </span>
      )}
    </Field>
  );
}
