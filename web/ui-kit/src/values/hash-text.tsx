import { CopyButton } from "../actions/copy-button.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { None } from "./none.tsx";
import { digitsToDiffer, shortHash } from "./short-hash.ts";

export interface HashTextProps {
  /** The whole hash, `sha256:<hex>`. */
  value: string | null | undefined;
  /** Show all of it. */
  full?: boolean | undefined;
  /** Another hash it stands beside: both grow until they differ, and the first difference is marked. */
  comparedWith?: string | undefined;
  /** Without the button, inside links. */
  plain?: boolean | undefined;
}

/** A content hash: `sha256:` and twelve digits; the button copies all of it. */
export function HashText({ value, full = false, comparedWith, plain = false }: HashTextProps) {
  const strings = useStrings();
  if (!value) return <None />;
  const digits = comparedWith === undefined ? undefined : digitsToDiffer(value, comparedWith);
  const shown = full ? value : shortHash(value, digits);
  const hex = value.replace(/^sha256:/, "");
  return (
    <span className="annex-hash">
      <code className="annex-hash-text" data-full={full || undefined}>
        <span className="annex-hidden">{strings.contentHashStarting(hex.slice(0, 12))}</span>
        <span aria-hidden="true">
          {comparedWith === undefined ? shown : marked(shown, value, comparedWith)}
        </span>
      </code>
      {!plain && <CopyButton value={value} what={strings.contentHash} />}
    </span>
  );
}

function marked(shown: string, value: string, other: string) {
  let at = 0;
  while (at < shown.length && value[at] === other[at]) at += 1;
  if (value === other) return shown;
  return (
    <>
      {shown.slice(0, at)}
      <mark className="annex-mark">{shown.slice(at, at + 1)}</mark>
      {shown.slice(at + 1)}
    </>
  );
}
