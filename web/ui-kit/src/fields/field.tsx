import { type ReactNode, useId } from "react";
import { classNames } from "../base/class-names.ts";
import { Icon } from "../base/icon.tsx";
import { useStrings } from "../strings/strings-provider.tsx";

/** What every field has. */
export interface FieldProps {
  /** Always there; `hideLabel` leaves it to screen readers only. */
  label: string;
  hideLabel?: boolean | undefined;
  /** What to enter, before it is wrong. */
  hint?: ReactNode;
  /** What is wrong and what to do; marks the field as invalid. */
  error?: string | undefined;
  /** Writes "optional" after the label. */
  optional?: boolean | undefined;
  /** The field's id; an ErrorSummary links to it. */
  id?: string | undefined;
}

/** What a control takes over from its field. */
export interface ControlProps {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

interface Shell extends FieldProps {
  className?: string | undefined;
  children: (control: ControlProps) => ReactNode;
}

/** Label, hint and error around one control, wired by id. */
export function Field({ label, hideLabel, hint, error, optional, id, className, children }: Shell) {
  const strings = useStrings();
  const own = useId();
  const control = id ?? own;
  const described = classNames(hint !== undefined && `${control}-hint`, error && `${control}-error`);
  return (
    <div className={classNames("annex-field", className)} data-invalid={error ? true : undefined}>
      <label htmlFor={control} className={hideLabel ? "annex-hidden" : "annex-label"}>
        {label}
        {optional && <span className="annex-label-optional"> ({strings.optional})</span>}
      </label>
      {hint !== undefined && <FieldHint id={`${control}-hint`}>{hint}</FieldHint>}
      {children({
        id: control,
        "aria-describedby": described || undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {error && <FieldError id={`${control}-error`}>{error}</FieldError>}
    </div>
  );
}

export function FieldHint({ id, children }: { id: string; children: ReactNode }) {
  return (
    <div id={id} className="annex-field-hint">
      {children}
    </div>
  );
}

export function FieldError({ id, children }: { id: string; children: ReactNode }) {
  return (
    <div id={id} className="annex-field-error">
      <Icon name="danger" />
      {children}
    </div>
  );
}
