import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useCallback,
  useDeferredValue,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { Button } from "../actions/button.tsx";
import { CopyButton } from "../actions/copy-button.tsx";
import { IconButton } from "../actions/icon-button.tsx";
import { Icon } from "../base/icon.tsx";
import { SearchInput } from "../fields/search-input.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { useZone } from "../values/zone-provider.tsx";
import { findInLines } from "./find-in-lines.ts";
import { logAsText } from "./log-as-text.ts";
import { isLine, type LogEntry } from "./log-line.ts";
import { LogRow } from "./log-row.tsx";
import { useFollow } from "./use-follow.ts";
import { useVirtualRows } from "./use-virtual-rows.ts";

export interface LogViewProps {
  /** Whose lines: "Log lines of invoice-notes". */
  label: string;
  /** Oldest first. Append by giving a new array; the ids tell what is new. */
  entries: readonly LogEntry[];
  /** Which entries to show; also holds for what is frozen while paused. */
  filter?: ((entry: LogEntry) => boolean) | undefined;
  /** Up to four terms that are marked wherever they stand. */
  terms?: readonly string[] | undefined;
  showTime?: boolean | undefined;
  onField?: ((name: string, value: string) => void) | undefined;
  /** Told when the reader pauses or resumes. */
  onPaused?: ((paused: boolean) => void) | undefined;
  /** More controls at the end of the toolbar. */
  tools?: ReactNode;
  /** Below the toolbar: limits, reconnects. */
  notice?: ReactNode;
  /** Where there is nothing to show. */
  empty: ReactNode;
  /** Replaces the follow control while the connection is lost: usually a Reconnect button. */
  connection?: ReactNode;
  /** Single letters as shortcuts while the lines have the focus. Default true. */
  shortcuts?: boolean | undefined;
}

const ROW_PX = 20;
const NO_TERMS: readonly string[] = [];

/**
 * Lines as they are written. Only those in sight are drawn, all are searched. Scrolling up stops following;
 * Pause freezes the view. In the lines: Space pauses, f follows, w wraps, / finds, n and N go to matches.
 */
export function LogView(props: LogViewProps) {
  const { entries, filter, terms = NO_TERMS } = props;
  const strings = useStrings();
  const zone = useZone();
  const scroller = useRef<HTMLDivElement>(null);
  const findField = useRef<HTMLInputElement>(null);
  const [wrap, setWrap] = useState(false);
  const [sought, setSought] = useState("");
  const [match, setMatch] = useState(0);
  const { shown, following, paused, fresh, setPaused, follow } = useFollow(scroller, entries);
  const kept = useMemo(() => (filter === undefined ? shown : shown.filter(filter)), [shown, filter]);
  const keys = useMemo(() => kept.map((entry) => (wrap ? `w${entry.id}` : entry.id)), [kept, wrap]);
  const deferred = useDeferredValue(sought);
  const found = useMemo(() => findInLines(kept, deferred), [kept, deferred]);
  const at = found.length === 0 ? 0 : Math.min(match, found.length - 1);
  const rows = useVirtualRows(scroller, keys, ROW_PX);
  const lines = useMemo(() => kept.filter(isLine).length, [kept]);
  const longest = useMemo(() => longestLine(kept), [kept]);
  const { reveal } = rows;
  const goTo = (to: number) => {
    if (found.length === 0) return;
    const next = (to + found.length) % found.length;
    setMatch(next);
    reveal(found[next] ?? 0, "nearest");
  };
  const pause = (to: boolean) => {
    setPaused(to);
    props.onPaused?.(to);
  };
  const release = () => {
    follow();
    if (paused) props.onPaused?.(false);
  };
  const actions = new Map([
    [" ", () => pause(!paused)],
    ["f", release],
    ["w", () => setWrap(!wrap)],
    ["/", () => findField.current?.focus()],
    ["n", () => goTo(at + 1)],
    ["N", () => goTo(at - 1)],
    ["Escape", () => setSought("")],
    ["Home", () => scroller.current?.scrollTo({ top: 0 })],
    ["End", release],
  ]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of controls and lines, not of fields
    <div className="annex-log" role="group" aria-label={props.label}>
      <div className="annex-log-tools">
        <Button size="small" aria-pressed={paused} onClick={() => pause(!paused)}>
          {paused ? strings.resume : strings.pause}
        </Button>
        {props.connection ?? (
          <Button size="small" aria-pressed={following} onClick={release}>
            {following ? strings.following : strings.follow}
          </Button>
        )}
        <Button size="small" aria-pressed={wrap} onClick={() => setWrap(!wrap)}>
          {strings.wrap}
        </Button>
        <FindTools
          ref={findField}
          sought={sought}
          count={found.length}
          at={at}
          onSeek={(text) => {
            setSought(text);
            setMatch(0);
          }}
          onGo={(step) => goTo(at + step)}
        />
        <CopyButton value="" read={() => logAsText(kept)} what={props.label} />
        {props.tools}
      </div>
      {props.notice}
      <div
        ref={scroller}
        className="annex-log-lines"
        data-wrap={wrap || undefined}
        role="log"
        aria-live="off"
        aria-label={props.label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onKeyDown={(event) => press(event, props.shortcuts ?? true, actions)}
      >
        {kept.length === 0 && <div className="annex-log-empty">{props.empty}</div>}
        <Space height={rows.height} columns={longest} top={rows.top}>
          {kept.slice(rows.first, rows.last).map((entry, index) => (
            <LogRow
              key={keys[rows.first + index]}
              ref={wrap ? rows.measure(keys[rows.first + index] ?? "") : undefined}
              entry={entry}
              zone={zone}
              showTime={props.showTime ?? true}
              terms={terms}
              sought={deferred}
              isMatch={found[at] === rows.first + index}
              onField={props.onField}
            />
          ))}
        </Space>
      </div>
      {fresh > 0 && (
        <div className="annex-log-fresh">
          <Button size="small" variant="primary" icon={<Icon name="down" />} onClick={release}>
            {strings.newLines(fresh)}
          </Button>
        </div>
      )}
      <div className="annex-log-foot">
        <span className="annex-number">{strings.lines(lines)}</span>
      </div>
    </div>
  );
}

function press(
  event: KeyboardEvent<HTMLElement>,
  letters: boolean,
  actions: ReadonlyMap<string, () => void>,
): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = actions.get(event.key);
  if (action === undefined || (!letters && event.key.length === 1)) return;
  event.preventDefault();
  action();
}

/** The height of all lines, with those in sight at their place, as wide as the longest so that scrolling stays. */
function Space(props: { height: number; top: number; columns: number; children: ReactNode }) {
  const space = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    space.current?.style.setProperty("--annex-log-height", `${props.height}px`);
    space.current?.style.setProperty("--annex-log-top", `${props.top}px`);
    space.current?.style.setProperty("--annex-log-columns", String(props.columns));
  }, [props.height, props.top, props.columns]);
  return (
    <div ref={space} className="annex-log-space">
      <div className="annex-log-window">{props.children}</div>
    </div>
  );
}

interface FindToolsProps {
  ref: Ref<HTMLInputElement>;
  sought: string;
  count: number;
  at: number;
  onSeek: (text: string) => void;
  onGo: (step: 1 | -1) => void;
}

function FindTools({ ref, sought, count, at, onSeek, onGo }: FindToolsProps) {
  const strings = useStrings();
  const keys = useCallback(
    (event: KeyboardEvent) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      onGo(event.shiftKey ? -1 : 1);
    },
    [onGo],
  );
  return (
    <span className="annex-log-find">
      <SearchInput
        ref={ref}
        label={strings.find}
        placeholder={strings.find}
        value={sought}
        onChange={onSeek}
        onKeyDown={keys}
      />
      {sought !== "" && (
        <>
          <span role="status" className="annex-number">
            {strings.matchCount(at + 1, count)}
          </span>
          <IconButton
            size="small"
            label={strings.previousMatch}
            icon={<Icon name="up" />}
            onClick={() => onGo(-1)}
          />
          <IconButton
            size="small"
            label={strings.nextMatch}
            icon={<Icon name="down" />}
            onClick={() => onGo(1)}
          />
        </>
      )}
    </span>
  );
}

function longestLine(entries: readonly LogEntry[]): number {
  let longest = 0;
  for (const entry of entries) {
    let length = entry.text?.length ?? 0;
    if ("fields" in entry && entry.fields !== undefined)
      for (const name in entry.fields) length += name.length + (entry.fields[name]?.length ?? 0) + 3;
    if (length > longest) longest = length;
  }
  return longest;
}
