/**
 * What the live console shows: the newest rows behind a filter, frozen while somebody reads.
 *
 * Rows come in at any rate and are taken in once a frame. While the view is frozen the buffer goes on filling;
 * going on shows what is there now, and nothing is played back.
 */

import type { DebugLine } from "./debug-line.ts";
import type { Row } from "./row.ts";
import { RowBuffer } from "./row-buffer.ts";
import { EVERYTHING, type FilterWish, type RowFilter, rowFilter } from "./row-filter.ts";

export interface Shown {
  readonly rows: readonly Row[];
  /** Why the view stands still: somebody paused it, or reads further up. */
  readonly frozen: "paused" | "scrolled" | null;
  /** Rows that fit the filter and came since the view stands still. */
  readonly held: number;
  /** Rows in the buffer, whether or not they fit the filter, and how many fell out of it. */
  readonly kept: number;
  readonly dropped: number;
  /** When the oldest row that is kept was written. */
  readonly from: string | null;
  readonly filter: FilterWish;
  /** Why the pattern cannot be used; the filter before it still holds. */
  readonly refused: string | null;
}

/** Runs something with the next frame, once. */
export type NextFrame = (callback: () => void) => void;

const EVERY_ROW: RowFilter = () => true;

export class LiveView {
  readonly #buffer: RowBuffer;
  readonly #nextFrame: NextFrame;
  readonly #listeners = new Set<() => void>();
  #pending: Row[] = [];
  #skipped = 0;
  #number = 0;
  #isScheduled = false;
  #filter: RowFilter = EVERY_ROW;
  #frozenRows: readonly Row[] | null = null;
  #shown: Shown;

  constructor(bound: number, nextFrame: NextFrame) {
    this.#buffer = new RowBuffer(bound);
    this.#nextFrame = nextFrame;
    this.#shown = {
      rows: [],
      frozen: null,
      held: 0,
      kept: 0,
      dropped: 0,
      from: null,
      filter: EVERYTHING,
      refused: null,
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly shown = (): Shown => this.#shown;

  addLines(lines: readonly DebugLine[]): void {
    for (const line of lines) {
      this.#number += 1;
      this.#pending.push({ kind: "line", number: this.#number, line });
    }
    this.#bound();
    this.#schedule();
  }

  addMark(kind: "gap" | "note", text: string, at: string): void {
    this.#number += 1;
    this.#pending.push({ kind, number: this.#number, at, text });
    this.#schedule();
  }

  freeze(frozen: "paused" | "scrolled"): void {
    if (this.#frozenRows === null) {
      this.#take();
      this.#frozenRows = this.#buffer.toArray();
    }
    this.#show({ frozen });
  }

  /** Shows what is there now. */
  resume(): void {
    if (this.#frozenRows === null) return;
    this.#frozenRows = null;
    this.#take();
    this.#show({ frozen: null, held: 0, rows: this.#filtered() });
  }

  setFilter(filter: FilterWish): void {
    const made = rowFilter(filter);
    if (made.filter === null) {
      this.#show({ filter, refused: made.refused });
      return;
    }
    this.#filter = made.filter;
    this.#take();
    this.#show({ filter, refused: null, rows: this.#filtered(), held: this.#countHeld() });
  }

  clear(): void {
    this.#pending = [];
    this.#skipped = 0;
    this.#buffer.clear();
    this.#frozenRows = null;
    this.#show({ rows: [], frozen: null, held: 0 });
  }

  #filtered(): Row[] {
    return (this.#frozenRows ?? this.#buffer.toArray()).filter(this.#filter);
  }

  #countHeld(): number {
    const last = this.#frozenRows?.at(-1)?.number ?? 0;
    if (this.#frozenRows === null) return 0;
    return this.#buffer.toArray().filter((row) => row.number > last && this.#filter(row)).length;
  }

  /** A tab in the background gets no frames: what waits is no more than the buffer would keep. */
  #bound(): void {
    const over = this.#pending.length - 2 * this.#buffer.bound;
    if (over <= 0) return;
    this.#pending = this.#pending.slice(over);
    this.#skipped += over;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#nextFrame(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #take(): readonly Row[] {
    const came = this.#pending;
    this.#pending = [];
    this.#buffer.push(came);
    return came;
  }

  #flush(): void {
    const came = this.#take().filter(this.#filter);
    if (this.#frozenRows !== null) {
      this.#show({ held: this.#shown.held + came.length });
      return;
    }
    const oldest = this.#buffer.first?.number ?? 0;
    const before = this.#shown.rows;
    const kept = (before[0]?.number ?? oldest) >= oldest ? before : before.slice(firstFrom(before, oldest));
    const added = came.filter((row) => row.number >= oldest);
    this.#show(added.length === 0 && kept === before ? {} : { rows: [...kept, ...added] });
  }

  #show(change: Partial<Shown>): void {
    const first = this.#buffer.first;
    this.#shown = {
      ...this.#shown,
      ...change,
      kept: this.#buffer.length,
      dropped: this.#buffer.dropped + this.#skipped,
      from: first === undefined ? null : first.kind === "line" ? first.line.ts : first.at,
    };
    for (const listener of this.#listeners) listener();
  }
}

/** Finds the first row of a number or a higher one. */
function firstFrom(rows: readonly Row[], number: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.number ?? number) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
