import { type ComponentPropsWithRef, type DragEvent, useRef, useState } from "react";
import { useStrings } from "../strings/strings-provider.tsx";
import { Bytes } from "../values/bytes.tsx";
import { Field, type FieldProps } from "./field.tsx";
import { splitField } from "./split-field.ts";

type Native = Omit<
  ComponentPropsWithRef<"input">,
  keyof FieldProps | "type" | "size" | "value" | "defaultValue" | "onChange" | "multiple" | "children" | "ref"
>;

export interface FileFieldProps extends FieldProps, Native {
  onChange?: ((file: File | null) => void) | undefined;
}

/** One file, by the browser's own button or dropped; both do the same. */
export function FileField(props: FileFieldProps) {
  const strings = useStrings();
  const [field, { onChange, className, ...native }] = splitField(props);
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(null);
  const [over, setOver] = useState(false);
  const take = (taken: File | null) => {
    setFile(taken);
    onChange?.(taken);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const dropped = event.dataTransfer.files;
    if (dropped.length === 0 || native.disabled) return;
    if (input.current !== null) input.current.files = dropped;
    take(dropped[0] ?? null);
  };
  return (
    <Field {...field} className={className}>
      {(control) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button inside does the same
        <div
          className="annex-file"
          data-over={over || undefined}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <input
            {...native}
            {...control}
            ref={input}
            type="file"
            className="annex-file-input"
            onChange={(event) => take(event.currentTarget.files?.[0] ?? null)}
          />
          <span className="annex-file-state">
            {file === null ? strings.dropFile : <Bytes value={file.size} />}
          </span>
        </div>
      )}
    </Field>
  );
}
