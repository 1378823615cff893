import { type ReactNode, useId } from "react";
import { useControlled } from "../base/use-controlled.ts";

export interface ViewOption<Value extends string> {
  value: Value;
  label: string;
  icon?: ReactNode;
}

export interface ViewSwitcherProps<Value extends string> {
  /** What is switched: "View", "Theme". */
  label: string;
  options: readonly [ViewOption<Value>, ...ViewOption<Value>[]] | readonly ViewOption<Value>[];
  value?: Value | undefined;
  defaultValue?: Value | undefined;
  onChange?: ((value: Value) => void) | undefined;
}

/** One of two to five ways to see the same thing. Tab enters at the chosen one, arrows choose. */
export function ViewSwitcher<Value extends string>(props: ViewSwitcherProps<Value>) {
  const id = useId();
  const first = props.options[0]?.value;
  const [chosen, choose] = useControlled<Value | undefined>(
    props.value,
    props.defaultValue ?? first,
    (value) => {
      if (value !== undefined) props.onChange?.(value);
    },
  );
  return (
    <fieldset className="annex-views">
      <legend className="annex-hidden">{props.label}</legend>
      {props.options.map((option) => (
        <label key={option.value} className="annex-view">
          <input
            type="radio"
            className="annex-hidden"
            name={id}
            value={option.value}
            checked={option.value === chosen}
            onChange={() => choose(option.value)}
          />
          <span className="annex-view-face">
            {option.icon}
            {option.label}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
