import { useMemo, useState } from "react";
import { Button } from "../actions/button.tsx";
import { CopyButton } from "../actions/copy-button.tsx";
import { Empty } from "../feedback/empty.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { type DiffBlock, diffBlocks, pairLines } from "./diff-blocks.ts";
import { type DiffLine, diffLines } from "./diff-lines.ts";

export interface DiffViewProps {
  /** What is compared: "Manifest of acme/invoice-notes". */
  label: string;
  before: string;
  after: string;
  /** What the two sides are: "1.3.2" and "1.4.0". */
  beforeName: string;
  afterName: string;
  /** `auto` puts the sides beside one another where there is room. */
  layout?: "auto" | "inline" | undefined;
}

/** Two texts line by line; signs and words tell changes, not colour alone; far unchanged lines are folded. */
export function DiffView(props: DiffViewProps) {
  const strings = useStrings();
  const lines = useMemo(() => diffLines(props.before, props.after), [props.before, props.after]);
  const blocks = useMemo(() => diffBlocks(lines), [lines]);
  const added = lines.filter((line) => line.kind === "added").length;
  const removed = lines.filter((line) => line.kind === "removed").length;
  if (added + removed === 0) return <Empty>{strings.noDifference}</Empty>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of lines, not of fields
    <div className="annex-diff" role="group" aria-label={props.label} data-layout={props.layout ?? "auto"}>
      <div className="annex-diff-head">
        <span>
          {props.beforeName} → {props.afterName}
        </span>
        <span className="annex-number">
          +{added} {strings.added}, −{removed} {strings.removed}
        </span>
        <CopyButton value={unified(lines)} what={props.label} />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of lines, not of fields */}
      <div
        className="annex-diff-body"
        role="group"
        aria-label={`${props.beforeName} → ${props.afterName}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        {blocks.map((block) => (
          <Block key={block.key} block={block} />
        ))}
      </div>
    </div>
  );
}

function Block({ block }: { block: DiffBlock }) {
  const strings = useStrings();
  const [open, setOpen] = useState(!block.folded);
  if (!open)
    return (
      <div className="annex-diff-fold">
        <Button size="small" variant="quiet" onClick={() => setOpen(true)}>
          {strings.unchangedLines(block.lines.length)}
        </Button>
      </div>
    );
  return (
    <div className="annex-diff-block">
      <div className="annex-diff-inline">
        {block.lines.map((line) => (
          <Line key={`${line.kind} ${line.before} ${line.after}`} line={line} side="inline" />
        ))}
      </div>
      <div className="annex-diff-sides">
        {pairLines(block.lines).map((pair) => (
          <div className="annex-diff-pair" key={`${pair.before?.before} ${pair.after?.after}`}>
            <Line line={pair.before} side="before" />
            <Line line={pair.after} side="after" />
          </div>
        ))}
      </div>
    </div>
  );
}

function Line({ line, side }: { line: DiffLine | undefined; side: "before" | "after" | "inline" }) {
  const strings = useStrings();
  if (line === undefined) return <div className="annex-diff-line" data-kind="none" />;
  const sign = { same: " ", added: "+", removed: "−" }[line.kind];
  return (
    <div className="annex-diff-line" data-kind={line.kind}>
      {side !== "after" && <span className="annex-diff-number">{line.before}</span>}
      {side !== "before" && <span className="annex-diff-number">{line.after}</span>}
      <span className="annex-diff-sign" aria-hidden="true">
        {sign}
      </span>
      {line.kind !== "same" && <span className="annex-hidden">{strings[line.kind]}: </span>}
      <span className="annex-diff-text">{line.text || " "}</span>
    </div>
  );
}

function unified(lines: readonly DiffLine[]): string {
  return lines.map((line) => `${{ same: " ", added: "+", removed: "-" }[line.kind]}${line.text}`).join("\n");
}
