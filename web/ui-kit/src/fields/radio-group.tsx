import { type ReactNode, useId } from "react";
import { classNames } from "../base/class-names.ts";
import { useControlled } from "../base/use-controlled.ts";
import { FieldError, FieldHint } from "./field.tsx";

export interface RadioOption {
  value: string;
  label: ReactNode;
  hint?: ReactNode;
  disabled?: boolean | undefined;
}

export interface RadioGroupProps {
  label: string;
  options: readonly RadioOption[];
  value?: string | undefined;
  defaultValue?: string | undefined;
  onChange?: ((value: string) => void) | undefined;
  name?: string | undefined;
  hint?: ReactNode;
  error?: string | undefined;
  /** Side by side where there is room. */
  inline?: boolean | undefined;
  id?: string | undefined;
}

/** One of a few, all visible. Tab enters at the chosen one, arrows choose. */
export function RadioGroup(props: RadioGroupProps) {
  const own = useId();
  const id = props.id ?? own;
  const [chosen, choose] = useControlled(props.value, props.defaultValue ?? "", props.onChange);
  const described = classNames(props.hint !== undefined && `${id}-hint`, props.error && `${id}-error`);
  return (
    <fieldset
      id={id}
      className="annex-radio-group"
      data-inline={props.inline || undefined}
      aria-describedby={described || undefined}
      tabIndex={-1}
    >
      <legend className="annex-label">{props.label}</legend>
      {props.hint !== undefined && <FieldHint id={`${id}-hint`}>{props.hint}</FieldHint>}
      {props.options.map((option) => (
        <div key={option.value} className="annex-ticked">
          <span className="annex-ticked-row">
            <input
              type="radio"
              className="annex-radio"
              id={`${id}-${option.value}`}
              name={props.name ?? id}
              value={option.value}
              checked={chosen === option.value}
              disabled={option.disabled}
              aria-describedby={option.hint === undefined ? undefined : `${id}-${option.value}-hint`}
              onChange={() => choose(option.value)}
            />
            <label htmlFor={`${id}-${option.value}`} className="annex-ticked-label">
              {option.label}
            </label>
          </span>
          {option.hint !== undefined && (
            <FieldHint id={`${id}-${option.value}-hint`}>{option.hint}</FieldHint>
          )}
        </div>
      ))}
      {props.error && <FieldError id={`${id}-error`}>{props.error}</FieldError>}
    </fieldset>
  );
}
