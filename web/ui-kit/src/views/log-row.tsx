import { memo, type Ref } from "react";
import { useStrings } from "../strings/strings-provider.tsx";
import { formatBytes } from "../values/format-bytes.ts";
import type { Zone } from "../values/format-time.ts";
import { Highlighted } from "./highlighted.tsx";
import { isLine, type LogEntry, type LogLine, type LogMark } from "./log-line.ts";

export interface LogRowProps {
  entry: LogEntry;
  zone: Zone;
  showTime: boolean;
  terms: readonly string[];
  sought: string;
  isMatch: boolean;
  onField?: ((name: string, value: string) => void) | undefined;
  ref?: Ref<HTMLDivElement> | undefined;
}

/** One line of a log, or a mark between lines. */
export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { entry } = props;
  if (!isLine(entry)) return <Mark mark={entry} place={props.ref} />;
  return (
    <div
      ref={props.ref}
      className="annex-log-row"
      data-level={entry.level}
      data-match={props.isMatch || undefined}
    >
      {props.showTime && entry.time !== undefined && (
        <time className="annex-log-time" dateTime={entry.time}>
          {clock(entry.time, props.zone)}
        </time>
      )}
      {entry.level !== undefined && <span className="annex-log-level">{entry.level}</span>}
      <span className="annex-log-text">
        <Highlighted text={entry.text} terms={props.terms} sought={props.sought} />
        <Fields {...props} line={entry} />
        <Cut line={entry} />
      </span>
    </div>
  );
});

function Fields({ line, onField, terms, sought }: LogRowProps & { line: LogLine }) {
  if (line.fields === undefined) return null;
  return Object.entries(line.fields).map(([name, value]) => {
    const words = <Highlighted text={`${name}=${value}`} terms={terms} sought={sought} />;
    if (onField === undefined)
      return (
        <span key={name} className="annex-log-field">
          {words}
        </span>
      );
    return (
      <button
        key={name}
        type="button"
        className="annex-log-field"
        tabIndex={-1}
        onClick={() => onField(name, value)}
      >
        {words}
      </button>
    );
  });
}

function Cut({ line }: { line: LogLine }) {
  const strings = useStrings();
  if (line.cut === undefined) return null;
  const { kept, full, href } = line.cut;
  return (
    <span className="annex-log-cut">
      … {strings.cutAt(formatBytes(kept), formatBytes(full))}
      {href !== undefined && (
        <a className="annex-link" href={href} download>
          {strings.download}
        </a>
      )}
    </span>
  );
}

function Mark({ mark, place }: { mark: LogMark; place: Ref<HTMLDivElement> | undefined }) {
  const strings = useStrings();
  const text =
    mark.text ?? (mark.kind === "gap" && mark.count !== undefined ? strings.linesLost(mark.count) : "");
  return (
    <div
      ref={place}
      className="annex-log-mark"
      data-kind={mark.kind}
      data-tone={mark.kind === "note" ? mark.tone : undefined}
    >
      {text || strings.linesNotKept}
    </div>
  );
}

function clock(time: string, zone: Zone): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const local = zone === "utc" ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(11, 23);
}
