/** The fields of a configuration: what fits a schema's types, or one JSON document where none does. */

import { NumberField, Select, Switch, TextArea, TextField } from "@annex/ui-kit";
import type { ChoiceFormField, FormField, NumberFormField, TextFormField } from "./form-field.ts";
import type { FormValues } from "./form-values.ts";

export interface ConfigFieldsProps {
  readonly fields: readonly FormField[];
  readonly values: FormValues;
  readonly problems: Readonly<Record<string, string>>;
  readonly isReadOnly?: boolean;
  readonly onChange: (name: string, text: string | undefined) => void;
}

export const fieldId = (name: string) => `config-${name}`;

export function ConfigFields({ fields, values, problems, isReadOnly = false, onChange }: ConfigFieldsProps) {
  return (
    <>
      {fields.map((field) => (
        <ConfigField
          key={field.name}
          field={field}
          text={values[field.name]}
          error={problems[field.name]}
          isReadOnly={isReadOnly}
          onChange={(text) => onChange(field.name, text)}
        />
      ))}
    </>
  );
}

interface OneProps {
  readonly field: FormField;
  readonly text: string | undefined;
  readonly error: string | undefined;
  readonly isReadOnly: boolean;
  readonly onChange: (text: string | undefined) => void;
}

function ConfigField({ field, text, error, isReadOnly, onChange }: OneProps) {
  const fallback = field.fallback === undefined ? undefined : fallbackText(field.fallback);
  const shared: Shared = {
    id: fieldId(field.name),
    label: field.label,
    hint: hintOf(field, fallback),
    error,
    optional: !field.isRequired,
    disabled: isReadOnly,
    placeholder: fallback,
  };
  switch (field.kind) {
    case "text":
      return <OneText field={field} text={text} shared={shared} onChange={onChange} />;
    case "number":
      return <OneNumber field={field} text={text} shared={shared} onChange={onChange} />;
    case "switch": {
      const { optional: _, placeholder: __, ...marks } = shared;
      const isOn = (text ?? fallback ?? "false") === "true";
      return <Switch {...marks} checked={isOn} onChange={(to) => onChange(String(to))} />;
    }
    case "choice":
      return <OneChoice field={field} text={text} shared={shared} onChange={onChange} />;
    case "json":
      return (
        <TextArea
          {...shared}
          code
          rows={6}
          spellCheck={false}
          value={text ?? ""}
          onChange={(event) => onChange(event.currentTarget.value || undefined)}
        />
      );
  }
}

interface Shared {
  readonly id: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly error: string | undefined;
  readonly optional: boolean;
  readonly disabled: boolean;
  readonly placeholder: string | undefined;
}

interface KindProps<Field> {
  readonly field: Field;
  readonly text: string | undefined;
  readonly shared: Shared;
  readonly onChange: (text: string | undefined) => void;
}

/** An emptied field is nothing chosen: the default holds again, if there is one. */
function OneText({ field, text = "", shared, onChange }: KindProps<TextFormField>) {
  if (field.isLong)
    return (
      <TextArea
        {...shared}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value || undefined)}
      />
    );
  return (
    <TextField
      {...shared}
      type={field.format === "email" || field.format === "url" ? field.format : "text"}
      value={text}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
    />
  );
}

function OneNumber({ field, text = "", shared, onChange }: KindProps<NumberFormField>) {
  return (
    <NumberField
      {...shared}
      value={text === "" ? null : Number(text)}
      step={field.isWhole ? 1 : "any"}
      min={field.minimum ?? undefined}
      max={field.maximum ?? undefined}
      onChange={(value) => onChange(value === null ? undefined : String(value))}
    />
  );
}

function OneChoice({ field, text = "", shared, onChange }: KindProps<ChoiceFormField>) {
  const { placeholder } = shared;
  return (
    <Select
      {...shared}
      placeholder={placeholder === undefined ? "Not chosen" : `Not chosen: ${placeholder}`}
      options={field.options.map((option) => ({ value: option.text, label: option.text }))}
      value={text}
      onChange={(value) => onChange(value || undefined)}
    />
  );
}

function fallbackText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function hintOf(field: FormField, fallback: string | undefined): string | undefined {
  const parts = [
    field.hint,
    field.kind === "json" ? "Written as JSON." : null,
    fallback === undefined ? null : `Default: ${fallback}.`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? undefined : parts.join(" ");
}
