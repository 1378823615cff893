import { useAnnounce } from "./announce.tsx";

export interface CopyableProps {
  readonly value: string;
  /** What it is, as in "Copy request id". */
  readonly name: string;
  /** What is shown, where that is not the whole value. */
  readonly shown?: string;
}

/** A value in fixed-width letters with a button that copies all of it and says so once. */
export function Copyable({ value, name, shown = value }: CopyableProps) {
  const announce = useAnnounce();
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    announce("Copied");
  };
  return (
    <span className="copyable">
      <code title={value}>{shown}</code>
      <button type="button" aria-label={`Copy ${name}`} onClick={() => void copy()}>
        Copy
      </button>
    </span>
  );
}
