import { memo } from "react";
import type { GroupRow, ShownRow } from "./grouped-rows.ts";
import { LineText } from "./line-text.tsx";
import type { LineRow, MarkRow } from "./row.ts";
import type { Field } from "./row-filter.ts";
import { severity } from "./row-filter.ts";
import { RowTime } from "./row-time.tsx";

export interface RowViewProps {
  readonly row: ShownRow;
  readonly terms: readonly string[];
  readonly hasTimestamp: boolean;
  readonly isGrouped: boolean;
  readonly isCurrent: boolean;
  /** Shows lines with the same value only. */
  readonly only: (field: Field, value: string) => void;
}

const SHORT = 8;

/** One row of the live console. */
export const RowView = memo(function RowView(props: RowViewProps) {
  const { row } = props;
  if (row.kind === "line") return <Line {...props} row={row} />;
  if (row.kind === "group") return <Group row={row} />;
  return <Mark row={row} hasTimestamp={props.hasTimestamp} />;
});

function Line({ row, terms, hasTimestamp, isGrouped, isCurrent, only }: RowViewProps & { row: LineRow }) {
  const { line } = row;
  const isPlatform = line.stream === "platform";
  return (
    <div
      className="live-row"
      data-rank={severity(line)}
      data-platform={isPlatform || undefined}
      data-current={isCurrent || undefined}
    >
      {hasTimestamp && <RowTime at={line.ts} />}
      <button
        type="button"
        className="live-level"
        onClick={() => only("level", line.level)}
        title={`Only ${line.level}`}
      >
        {line.level || "–"}
      </button>
      <LineText line={line} terms={terms} />
      <span className="live-fields">
        {isPlatform && <span className="live-origin">platform</span>}
        {!isGrouped && line.executionId !== "" && (
          <FieldButton field="executionId" what="execution" value={line.executionId} only={only} />
        )}
        {line.requestId !== "" && (
          <FieldButton field="requestId" what="request" value={line.requestId} only={only} />
        )}
      </span>
    </div>
  );
}

interface FieldButtonProps extends Pick<RowViewProps, "only"> {
  readonly field: Field;
  readonly what: string;
  readonly value: string;
}

function FieldButton({ field, what, value, only }: FieldButtonProps) {
  return (
    <button type="button" onClick={() => only(field, value)} title={`Only ${what} ${value}`}>
      <span className="annex-hidden">Only {what} </span>…{value.slice(-SHORT)}
    </button>
  );
}

function Mark({ row, hasTimestamp }: { row: MarkRow; hasTimestamp: boolean }) {
  return (
    <div className="live-row live-mark" data-kind={row.kind}>
      {hasTimestamp && <RowTime at={row.at} />}
      <span className="line-text">{row.text}</span>
    </div>
  );
}

function Group({ row }: { row: GroupRow }) {
  return (
    <div className="live-row live-group">
      Execution <code>…{row.executionId.slice(-SHORT)}</code>,{" "}
      {row.count === 1 ? "1 line" : `${row.count} lines`}
    </div>
  );
}
