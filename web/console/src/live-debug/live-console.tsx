import { Button, Empty, formatDuration, StatusText, useZone } from "@annex/ui-kit";
import { useMemo, useRef, useState } from "react";
import { logsCommand } from "../commands/running-commands.ts";
import { useSession } from "../session/session-context.ts";
import { timeOfDay } from "../shell/time-of-day.ts";
import { zoneName } from "../shell/zone-name.ts";
import { useShortcuts } from "../shortcuts/use-shortcuts.ts";
import { EmptyByFilter } from "../states/empty-by-filter.tsx";
import { CopyCommand } from "../writing/copy-command.tsx";
import { groupedRows, type ShownRow } from "./grouped-rows.ts";
import { hasTerm } from "./highlights.ts";
import { type LiveOptions, storedOptions, storeOptions } from "./live-options.ts";
import { LiveToolbar } from "./live-toolbar.tsx";
import { EVERYTHING, type Field, filterWords } from "./row-filter.ts";
import { RowList, type RowListHandle } from "./row-list.tsx";
import { SessionBar, stateWords, useTimeLeft } from "./session-bar.tsx";
import { BUFFER, type LiveDebug, useLiveDebug } from "./use-live-debug.ts";
import { useSummary } from "./use-summary.ts";

export interface LiveConsoleProps {
  readonly extension: { readonly segment: string; readonly name: string };
  readonly sessionSeconds: number;
}

/** Lines of an extension as it writes them. */
export function LiveConsole({ extension, sessionSeconds }: LiveConsoleProps) {
  const live = useLiveDebug(extension.segment, sessionSeconds);
  const { view, shown } = live;
  const [options, setOptions] = useOptions();
  const [terms, setTerms] = useState<readonly string[]>([]);
  const rows = useMemo<readonly ShownRow[]>(
    () => (options.group ? groupedRows(shown.rows) : shown.rows),
    [shown.rows, options.group],
  );
  const find = useFind(rows, terms, () => view.freeze(shown.frozen ?? "scrolled"));
  const isRunning = live.state !== null && live.state.kind !== "ended";
  useSummary(options.summary && isRunning, view);
  const toggle = () => (shown.frozen === null ? view.freeze("paused") : view.resume());
  useShortcuts("Live debug", [
    { keys: " ", label: "Pause or go on", run: toggle },
    { keys: "f", label: "Follow", run: () => view.resume() },
    { keys: "w", label: "Wrap lines", run: () => setOptions({ ...options, wrap: !options.wrap }) },
    { keys: "n", label: "Next match", run: () => find.go(1) },
    { keys: "N", label: "Previous match", run: () => find.go(-1) },
    { keys: "Escape", label: "Clear the filter", run: () => view.setFilter(EVERYTHING) },
  ]);
  const only = (field: Field, value: string) => {
    const others = shown.filter.fields.filter((one) => one.field !== field);
    view.setFilter({ ...shown.filter, fields: [...others, { field, value }] });
  };
  return (
    <div className="live">
      <Controls live={live} sessionSeconds={sessionSeconds} toggle={toggle} />
      <SessionBar live={live} />
      <LiveToolbar
        filter={shown.filter}
        refused={shown.refused}
        setFilter={(filter) => view.setFilter(filter)}
        terms={terms}
        setTerms={setTerms}
        options={options}
        setOptions={setOptions}
      />
      {rows.length === 0 ? (
        <Nothing live={live} />
      ) : (
        <RowList
          ref={find.list}
          rows={rows}
          isFollowing={shown.frozen === null}
          wrap={options.wrap}
          label={`Lines of ${extension.name}`}
          terms={terms}
          hasTimestamp={options.timestamps}
          isGrouped={options.group}
          current={find.current}
          only={only}
          moved={(isAtEnd) => {
            if (!isAtEnd && shown.frozen === null) view.freeze("scrolled");
            else if (isAtEnd && shown.frozen === "scrolled" && find.current === null) view.resume();
          }}
        />
      )}
      <Foot live={live} rows={rows.length} found={find.count} terms={terms.length} />
      <CopyCommand
        command={logsCommand({
          extension: extension.name,
          follow: true,
          level: shown.filter.level === "debug" ? "" : shown.filter.level,
          grep: shown.filter.text,
          request: shown.filter.fields.find(({ field }) => field === "requestId")?.value ?? "",
          execution: shown.filter.fields.find(({ field }) => field === "executionId")?.value ?? "",
        })}
      />
    </div>
  );
}

interface ControlsProps {
  readonly live: LiveDebug;
  readonly sessionSeconds: number;
  readonly toggle: () => void;
}

/** Start and stop, pause and follow; before the start, what a session is. */
function Controls({ live, sessionSeconds, toggle }: ControlsProps) {
  const { shown, state, view } = live;
  const { tenant } = useSession();
  const left = useTimeLeft(state);
  const isRunning = state !== null && state.kind !== "ended";
  return (
    <div className="live-controls">
      {!isRunning && (
        <p className="live-terms">
          Log lines of this extension in {tenant.name} will stream to you for{" "}
          {formatDuration(sessionSeconds * 1000)}. Nobody else sees your view. The session is recorded in
          Audit, where the admins of {tenant.name} see it.
        </p>
      )}
      <div className="run-filters-row">
        {isRunning ? (
          <Button onClick={live.stop}>Stop</Button>
        ) : (
          <Button variant="primary" onClick={live.start}>
            Start
          </Button>
        )}
        <Button onClick={toggle} aria-pressed={shown.frozen === "paused"} disabled={state === null}>
          {shown.frozen === null ? "Pause" : "Resume"}
        </Button>
        <Follow live={live} />
        <Button variant="quiet" onClick={() => view.clear()} disabled={shown.kept === 0}>
          Clear
        </Button>
        <StatusText tone={state?.kind === "live" ? "success" : isRunning ? "warning" : "neutral"}>
          {stateWords(state, left)}
        </StatusText>
      </div>
    </div>
  );
}

/** The way to the newest line; while the connection is lost, the way back to it. */
function Follow({ live }: { live: LiveDebug }) {
  const { shown, state, view } = live;
  if (state?.kind === "reconnecting") return <Button onClick={live.reconnect}>Reconnect</Button>;
  if (shown.frozen === null) {
    return (
      <Button aria-pressed="true" onClick={() => view.freeze("scrolled")} disabled={state === null}>
        Following
      </Button>
    );
  }
  return <Button onClick={() => view.resume()}>▼ {shown.held.toLocaleString("en-GB")} new</Button>;
}

function Nothing({ live }: { live: LiveDebug }) {
  const { shown, state, view } = live;
  if (shown.kept > 0) {
    const words = new Intl.ListFormat("en", { type: "conjunction" }).format(filterWords(shown.filter));
    return <EmptyByFilter sentence={`No lines match ${words}.`} clear={() => view.setFilter(EVERYTHING)} />;
  }
  if (state === null) return <Empty>Start a session to see lines.</Empty>;
  if (state.kind === "ended") return <Empty>No lines were written.</Empty>;
  return <Empty>No lines yet. Call an endpoint of the extension, and what it writes stands here.</Empty>;
}

function Foot({ live, rows, found, terms }: { live: LiveDebug; rows: number; found: number; terms: number }) {
  const { kept, dropped, from, frozen } = live.shown;
  const zone = useZone();
  return (
    <p className="live-foot muted">
      {rows.toLocaleString("en-GB")} of {kept.toLocaleString("en-GB")} rows shown. Times are in{" "}
      {zoneName(zone, new Date())}.
      {dropped > 0 && from !== null && (
        <>
          {" "}
          Showing the last {BUFFER.toLocaleString("en-GB")} lines (from {timeOfDay(new Date(from), zone)}).
          Older lines are in Executions.
        </>
      )}
      {frozen === "paused" && " Paused: the view stands still while lines are kept."}
      {terms > 0 && ` ${found.toLocaleString("en-GB")} rows with highlights; n and N go through them.`}
    </p>
  );
}

function useOptions(): [LiveOptions, (options: LiveOptions) => void] {
  const [options, setOptions] = useState(storedOptions);
  const change = (changed: LiveOptions) => {
    setOptions(changed);
    storeOptions(changed);
  };
  return [options, change];
}

/** Goes from one row with a highlight to the next, through all that are shown and not only those in sight. */
function useFind(rows: readonly ShownRow[], terms: readonly string[], stand: () => void) {
  const list = useRef<RowListHandle>(null);
  const [current, setCurrent] = useState<number | string | null>(null);
  const matches = useMemo(
    () =>
      terms.length === 0
        ? []
        : rows.flatMap((row, index) =>
            row.kind === "line" && hasTerm(row.line.message, terms) ? [index] : [],
          ),
    [rows, terms],
  );
  const go = (step: 1 | -1) => {
    if (matches.length === 0) return;
    stand();
    const at = matches.findIndex((index) => rows[index]?.number === current);
    const next =
      at < 0 ? (step === 1 ? 0 : matches.length - 1) : (at + step + matches.length) % matches.length;
    const index = matches[next];
    if (index === undefined) return;
    setCurrent(rows[index]?.number ?? null);
    list.current?.scrollTo(index);
  };
  return { list, current: terms.length === 0 ? null : current, count: matches.length, go };
}
