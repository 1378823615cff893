/** Says what is wrong with a value, and where; undefined when nothing is. The type is that of a right value. */
export interface Check<T> {
  (value: unknown, at?: string): string | undefined;
  readonly of?: T;
}
