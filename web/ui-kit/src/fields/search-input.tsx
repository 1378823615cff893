import type { ComponentPropsWithRef } from "react";
import { classNames } from "../base/class-names.ts";
import { Icon } from "../base/icon.tsx";
import { Field, type FieldProps } from "./field.tsx";
import { splitField } from "./split-field.ts";

type Native = Omit<
  ComponentPropsWithRef<"input">,
  keyof FieldProps | "type" | "size" | "onChange" | "children"
>;

export interface SearchInputProps extends FieldProps, Native {
  onChange?: ((text: string) => void) | undefined;
}

/** Text to look for; Esc empties it. The label is for screen readers unless `hideLabel` is false. */
export function SearchInput(props: SearchInputProps) {
  const [field, { onChange, className, ...input }] = splitField(props);
  return (
    <Field {...field} hideLabel={field.hideLabel ?? true} className={classNames("annex-search", className)}>
      {(control) => (
        <span className="annex-search-row">
          <Icon name="search" />
          <input
            {...input}
            {...control}
            type="search"
            className="annex-input"
            onChange={(event) => onChange?.(event.currentTarget.value)}
          />
        </span>
      )}
    </Field>
  );
}
