import { type ComponentPropsWithRef, type ReactNode, useId } from "react";
import { classNames } from "../base/class-names.ts";
import { FieldError, FieldHint } from "./field.tsx";

export interface CheckboxProps
  extends Omit<ComponentPropsWithRef<"input">, "type" | "onChange" | "children" | "size"> {
  label: ReactNode;
  hideLabel?: boolean | undefined;
  hint?: ReactNode;
  error?: string | undefined;
  /** Neither on nor off: some of what it stands for is. */
  mixed?: boolean | undefined;
  onChange?: ((checked: boolean) => void) | undefined;
}

/** On or off, applied with the form. */
export function Checkbox(props: CheckboxProps) {
  return <Ticked {...props} kind="checkbox" />;
}

/** What Checkbox and Switch share. */
export function Ticked({ kind, ...props }: CheckboxProps & { kind: "checkbox" | "switch" }) {
  const { label, hideLabel, hint, error, mixed = false, onChange, id, className, ...input } = props;
  const own = useId();
  const control = id ?? own;
  const described = classNames(hint !== undefined && `${control}-hint`, error && `${control}-error`);
  const marks = (element: HTMLInputElement | null) => {
    if (element !== null) element.indeterminate = mixed;
  };
  return (
    <div className={classNames("annex-ticked", className)}>
      <span className="annex-ticked-row">
        <input
          ref={marks}
          {...input}
          id={control}
          type="checkbox"
          role={kind === "switch" ? "switch" : undefined}
          className={`annex-${kind}`}
          aria-describedby={described || undefined}
          aria-invalid={error ? true : undefined}
          onChange={(event) => onChange?.(event.currentTarget.checked)}
        />
        <label htmlFor={control} className={hideLabel ? "annex-hidden" : "annex-ticked-label"}>
          {label}
        </label>
      </span>
      {hint !== undefined && <FieldHint id={`${control}-hint`}>{hint}</FieldHint>}
      {error && <FieldError id={`${control}-error`}>{error}</FieldError>}
    </div>
  );
}
