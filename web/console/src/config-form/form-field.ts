/** One field of a configuration form, as a schema describes it. */

interface Described {
  readonly name: string;
  readonly label: string;
  readonly hint: string | null;
  readonly isRequired: boolean;
  readonly isDeprecated: boolean;
  /** What the extension reads where nothing was chosen; undefined is none. */
  readonly fallback: unknown;
}

export interface TextFormField extends Described {
  readonly kind: "text";
  readonly format: "email" | "url" | "date" | "date-time" | null;
  readonly minLength: number | null;
  readonly maxLength: number | null;
  readonly isLong: boolean;
}

export interface NumberFormField extends Described {
  readonly kind: "number";
  readonly isWhole: boolean;
  readonly minimum: number | null;
  readonly maximum: number | null;
}

export interface SwitchFormField extends Described {
  readonly kind: "switch";
}

export interface ChoiceFormField extends Described {
  readonly kind: "choice";
  readonly options: readonly { readonly text: string; readonly value: unknown }[];
}

/** What no simple field fits is written as JSON. */
export interface JsonFormField extends Described {
  readonly kind: "json";
}

export type FormField = TextFormField | NumberFormField | SwitchFormField | ChoiceFormField | JsonFormField;
