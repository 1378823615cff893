/** The form of a configuration, or its document, with what is wrong beside each field. */

import { TextArea } from "@annex/ui-kit";
import { ConfigFields, fieldId } from "./config-fields.tsx";
import { type ConfigForm, DOCUMENT } from "./use-config-form.ts";

export interface ConfigEditorProps {
  readonly form: ConfigForm;
  /** What the platform said about fields, by name; ours come after a try to save only. */
  readonly problems: Readonly<Record<string, string>>;
  readonly isReadOnly?: boolean;
}

export function ConfigEditor({ form, problems, isReadOnly = false }: ConfigEditorProps) {
  if (form.fields !== null)
    return (
      <ConfigFields
        fields={form.fields}
        values={form.values}
        problems={problems}
        isReadOnly={isReadOnly}
        onChange={form.set}
      />
    );
  return (
    <TextArea
      id={fieldId(DOCUMENT)}
      label="Configuration"
      hint="One JSON object. A text the extension reads as it is, everything else as JSON."
      code
      rows={12}
      spellCheck={false}
      disabled={isReadOnly}
      value={form.document}
      error={problems[DOCUMENT]}
      onChange={(event) => form.setDocument(event.currentTarget.value)}
    />
  );
}
