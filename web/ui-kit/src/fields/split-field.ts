import type { FieldProps } from "./field.tsx";

/** Divide a field component's props into the field's own and those of the control inside. */
export function splitField<Props extends FieldProps>(
  props: Props,
): [FieldProps, Omit<Props, keyof FieldProps>] {
  const { label, hideLabel, hint, error, optional, id, ...control } = props;
  return [{ label, hideLabel, hint, error, optional, id }, control];
}
