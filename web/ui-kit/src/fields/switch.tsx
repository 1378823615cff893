import { type CheckboxProps, Ticked } from "./checkbox.tsx";

export type SwitchProps = Omit<CheckboxProps, "mixed">;

/** On or off, applied at once. */
export function Switch(props: SwitchProps) {
  return <Ticked {...props} kind="switch" />;
}
