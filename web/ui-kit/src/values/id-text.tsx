import { CopyButton } from "../actions/copy-button.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { None } from "./none.tsx";

export interface IdTextProps {
  value: string | null | undefined;
  /** What it is, for the copy button's label: "request id". */
  what?: string | undefined;
  full?: boolean | undefined;
}

const KEPT = 12;

/** An id, shortened from the tail where it is long; the button copies all of it. */
export function IdText({ value, what, full = false }: IdTextProps) {
  const strings = useStrings();
  if (!value) return <None />;
  const isShort = full || value.length <= KEPT + 1;
  return (
    <span className="annex-hash">
      <code className="annex-hash-text">
        {isShort ? (
          value
        ) : (
          <>
            <span className="annex-hidden">{strings.idEnding(value.slice(-KEPT))}</span>
            <span aria-hidden="true">…{value.slice(-KEPT)}</span>
          </>
        )}
      </code>
      <CopyButton value={value} what={what ?? strings.id} />
    </span>
  );
}
