import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Button } from "../actions/button.tsx";
import { CopyButton } from "../actions/copy-button.tsx";
import { Icon } from "../base/icon.tsx";
import { SearchInput } from "../fields/search-input.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { Highlighted } from "./highlighted.tsx";
import { branchPaths, findInJson, type Json, type JsonRow, jsonRows, pathsAbove } from "./json-rows.ts";
import { useVirtualRows } from "./use-virtual-rows.ts";

export interface JsonViewProps {
  /** What it is: "Manifest". */
  label: string;
  value: Json;
  /** How deep it is open at first. Default 1. */
  depth?: number | undefined;
}

const ROW_PX = 24;
const NO_TERMS: readonly string[] = [];

/** A value of JSON as a tree: arrows move, open and close; find looks in all of it; only what is in sight is drawn. */
export function JsonView({ label, value, depth = 1 }: JsonViewProps) {
  const strings = useStrings();
  const id = useId();
  const tree = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(branchPaths(value, depth - 1)));
  const [at, setAt] = useState(0);
  const [sought, setSought] = useState("");
  const [match, setMatch] = useState(0);
  const found = useMemo(() => findInJson(value, sought), [value, sought]);
  const rows = useMemo(() => jsonRows(value, open), [value, open]);
  const keys = useMemo(() => rows.map((row) => row.path), [rows]);
  const { first, last, top, height, reveal } = useVirtualRows(tree, keys, ROW_PX);
  const place = (index: number) => {
    setAt(index);
    reveal(index, "nearest");
  };
  const toggle = (row: JsonRow, to: boolean) => {
    const changed = new Set(open);
    if (to) changed.add(row.path);
    else changed.delete(row.path);
    setOpen(changed);
  };
  const seek = (text: string, step: number) => {
    const paths = text === sought ? found : findInJson(value, text);
    const next = paths.length === 0 ? 0 : (step + paths.length) % paths.length;
    setSought(text);
    setMatch(next);
    const path = paths[next];
    if (path === undefined) return;
    const opened = new Set([...open, ...pathsAbove(path)]);
    setOpen(opened);
    setAt(jsonRows(value, opened).findIndex((row) => row.path === path));
  };
  useLayoutEffect(() => reveal(at, "nearest"), [at, reveal]);
  const active = rows[at];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of controls and rows, not of fields
    <div className="annex-json" role="group" aria-label={label}>
      <div className="annex-log-tools">
        <Button size="small" onClick={() => setOpen(new Set(branchPaths(value, Number.POSITIVE_INFINITY)))}>
          {strings.expandAll}
        </Button>
        <Button size="small" onClick={() => setOpen(new Set())}>
          {strings.collapseAll}
        </Button>
        <span className="annex-log-find">
          <SearchInput
            label={strings.search}
            placeholder={strings.search}
            value={sought}
            onChange={(text) => seek(text, 0)}
            onKeyDown={(event) => event.key === "Enter" && seek(sought, match + (event.shiftKey ? -1 : 1))}
          />
          {sought !== "" && (
            <span role="status" className="annex-number">
              {strings.matchCount(match + 1, found.length)}
            </span>
          )}
        </span>
        <CopyButton value="" read={() => JSON.stringify(value, null, 2)} what={label} />
      </div>
      <div
        ref={tree}
        className="annex-json-tree"
        role="tree"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={active === undefined ? undefined : `${id}${active.path}`}
        onKeyDown={(event) => pressTree(event, rows, at, place, toggle)}
      >
        <TreeSpace height={height} top={top}>
          {rows.slice(first, last).map((row, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the tree's, which keeps the focus
            // biome-ignore lint/a11y/useFocusableInteractive: named by aria-activedescendant instead
            <div
              key={row.path}
              id={`${id}${row.path}`}
              className="annex-json-row"
              role="treeitem"
              aria-level={row.depth + 1}
              aria-expanded={row.branch?.open}
              aria-selected={first + index === at}
              data-depth={Math.min(row.depth, 12)}
              onClick={() => {
                setAt(first + index);
                if (row.branch !== undefined) toggle(row, !row.branch.open);
              }}
            >
              <RowContent row={row} sought={sought} />
            </div>
          ))}
        </TreeSpace>
      </div>
    </div>
  );
}

function RowContent({ row, sought }: { row: JsonRow; sought: string }) {
  const strings = useStrings();
  return (
    <>
      {row.branch === undefined ? (
        <span className="annex-icon" />
      ) : (
        <Icon name={row.branch.open ? "down" : "next"} />
      )}
      {row.name !== null && (
        <span className="annex-json-name">
          <Highlighted text={row.name} terms={NO_TERMS} sought={sought} />:
        </span>
      )}
      {row.leaf !== undefined && (
        <span className="annex-json-leaf" data-type={row.leaf.type}>
          <Highlighted text={row.leaf.text} terms={NO_TERMS} sought={sought} />
        </span>
      )}
      {row.branch !== undefined && (
        <span className="annex-json-size">
          {row.branch.kind === "list" ? "[…]" : "{…}"} {strings.items(row.branch.size)}
        </span>
      )}
    </>
  );
}

function TreeSpace({ height, top, children }: { height: number; top: number; children: ReactNode }) {
  const space = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    space.current?.style.setProperty("--annex-log-height", `${height}px`);
    space.current?.style.setProperty("--annex-log-top", `${top}px`);
  }, [height, top]);
  return (
    <div ref={space} className="annex-log-space" role="presentation">
      <div className="annex-log-window" role="presentation">
        {children}
      </div>
    </div>
  );
}

type Toggle = (row: JsonRow, to: boolean) => void;

function pressTree(
  event: KeyboardEvent,
  rows: JsonRow[],
  at: number,
  place: (index: number) => void,
  toggle: Toggle,
) {
  const row = rows[at];
  if (row === undefined) return;
  const isOpen = row.branch?.open;
  switch (logicalKey(event)) {
    case "forward":
      if (isOpen === false) toggle(row, true);
      else place(Math.min(at + (isOpen ? 1 : 0), rows.length - 1));
      break;
    case "back":
      if (isOpen) toggle(row, false);
      else place(rowAbove(rows, at));
      break;
    case "Enter":
      if (isOpen !== undefined) toggle(row, !isOpen);
      break;
    default:
      return jump(event, rows, at, place);
  }
  event.preventDefault();
}

function jump(event: KeyboardEvent, rows: JsonRow[], at: number, place: (index: number) => void) {
  const last = rows.length - 1;
  const targets = new Map([
    ["ArrowDown", Math.min(at + 1, last)],
    ["ArrowUp", Math.max(at - 1, 0)],
    ["Home", 0],
    ["End", last],
  ]);
  const target = targets.get(event.key);
  if (target === undefined) return;
  event.preventDefault();
  place(target);
}

/** Left and right as the direction of writing means them. */
function logicalKey(event: KeyboardEvent): string {
  const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
  if (event.key === "ArrowRight") return rtl ? "back" : "forward";
  if (event.key === "ArrowLeft") return rtl ? "forward" : "back";
  return event.key;
}

function rowAbove(rows: JsonRow[], at: number): number {
  const depth = rows[at]?.depth ?? 0;
  const above = rows.slice(0, at).findLastIndex((row) => row.depth < depth);
  return Math.max(above, 0);
}
