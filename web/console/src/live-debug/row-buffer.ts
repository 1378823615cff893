/** The newest rows up to a bound, in order; what falls out at the old end is counted. */

import type { Row } from "./row.ts";

export class RowBuffer {
  readonly bound: number;
  #rows: Row[] = [];
  #start = 0;
  #dropped = 0;

  constructor(bound: number) {
    this.bound = bound;
  }

  get length(): number {
    return this.#rows.length - this.#start;
  }

  /** How many rows fell out so far. */
  get dropped(): number {
    return this.#dropped;
  }

  get first(): Row | undefined {
    return this.#rows[this.#start];
  }

  push(rows: readonly Row[]): void {
    for (const row of rows) this.#rows.push(row);
    const over = this.length - this.bound;
    if (over <= 0) return;
    this.#start += over;
    this.#dropped += over;
    // Moved down now and then only, so that a flood costs little for each row.
    if (this.#start > this.bound) {
      this.#rows = this.#rows.slice(this.#start);
      this.#start = 0;
    }
  }

  toArray(): Row[] {
    return this.#rows.slice(this.#start);
  }

  clear(): void {
    this.#rows = [];
    this.#start = 0;
    this.#dropped = 0;
  }
}
