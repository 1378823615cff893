import { useCallback, useState } from "react";

/** A value the page may keep itself (`given`) or leave to the component (`initial`). */
export function useControlled<Value>(
  given: Value | undefined,
  initial: Value,
  onChange?: ((value: Value) => void) | undefined,
): [Value, (value: Value) => void] {
  const [own, setOwn] = useState(initial);
  const change = useCallback(
    (value: Value) => {
      setOwn(() => value);
      onChange?.(value);
    },
    [onChange],
  );
  return [given ?? own, change];
}
