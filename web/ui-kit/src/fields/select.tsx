import type { ComponentPropsWithRef } from "react";
import { Icon } from "../base/icon.tsx";
import { Field, type FieldProps } from "./field.tsx";
import { splitField } from "./split-field.ts";

export interface SelectOption {
  value: string;
  label: string;
  disabled?: boolean | undefined;
}

type Native = Omit<
  ComponentPropsWithRef<"select">,
  keyof FieldProps | "onChange" | "children" | "size" | "multiple"
>;

export interface SelectProps extends FieldProps, Native {
  options: readonly SelectOption[];
  /** The first, empty entry: "Any publisher". */
  placeholder?: string | undefined;
  onChange?: ((value: string) => void) | undefined;
}

/** One of a few; the browser's own list. For many, Combobox. */
export function Select(props: SelectProps) {
  const [field, { options, placeholder, onChange, className, ...select }] = splitField(props);
  return (
    <Field {...field} className={className}>
      {(control) => (
        <span className="annex-select">
          <select
            {...select}
            {...control}
            className="annex-input"
            onChange={(event) => onChange?.(event.currentTarget.value)}
          >
            {placeholder !== undefined && <option value="">{placeholder}</option>}
            {options.map((option) => (
              <option key={option.value} value={option.value} disabled={option.disabled}>
                {option.label}
              </option>
            ))}
          </select>
          <Icon name="down" />
        </span>
      )}
    </Field>
  );
}
