/** A configuration while it is edited: as fields, or as one JSON document where the schema fits none. */

import { useMemo, useState } from "react";
import { fieldsOfSchema, takesMore } from "./fields-of-schema.ts";
import type { FormField } from "./form-field.ts";
import {
  type Config,
  type FormValues,
  type ReadForm,
  readForm,
  readJsonObject,
  valuesOf,
} from "./form-values.ts";

export interface ConfigForm extends ReadForm {
  /** Null: there is one document instead. */
  readonly fields: readonly FormField[] | null;
  readonly values: FormValues;
  readonly document: string;
  readonly set: (name: string, text: string | undefined) => void;
  readonly setDocument: (text: string) => void;
  readonly replace: (config: Config) => void;
}

export const DOCUMENT = "document";

export function useConfigForm(schema: Readonly<Record<string, unknown>> | null, config: Config): ConfigForm {
  const fields = useMemo(() => ownFields(schema, config), [schema, config]);
  const [values, setValues] = useState<FormValues>(() => (fields === null ? {} : valuesOf(config, fields)));
  const [document, setDocument] = useState(() => JSON.stringify(config, null, 2));
  const read = useMemo(() => readAll(fields, values, document, config), [fields, values, document, config]);
  return {
    ...read,
    fields,
    values,
    document,
    set: (name, text) => setValues((before) => ({ ...before, [name]: text })),
    setDocument,
    replace: (next) => {
      setValues(fields === null ? {} : valuesOf(next, fields));
      setDocument(JSON.stringify(next, null, 2));
    },
  };
}

/** Settings the schema does not name are edited as they stand, in the document. */
function ownFields(
  schema: Readonly<Record<string, unknown>> | null,
  config: Config,
): readonly FormField[] | null {
  const fields = fieldsOfSchema(schema);
  if (fields === null) return null;
  const named = new Set(fields.map(({ name }) => name));
  const hasMore = takesMore(schema) && Object.keys(config).some((name) => !named.has(name));
  return hasMore ? null : fields;
}

function readAll(
  fields: readonly FormField[] | null,
  values: FormValues,
  document: string,
  before: Config,
): ReadForm {
  if (fields !== null) return readForm(values, fields, before);
  const read = readJsonObject(document);
  if ("problem" in read) return { config: before, problems: { [DOCUMENT]: read.problem } };
  return { config: read.value as Config, problems: {} };
}
