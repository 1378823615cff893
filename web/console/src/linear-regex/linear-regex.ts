/**
 * Regular expressions in time proportional to the text, whatever the pattern: an automaton whose steps are
 * worked out when they are first needed. What people type into a filter runs over thousands of lines while
 * more arrive, and the browser's own engine can take minutes for a single one of them.
 *
 * Letters match in either case. Known are . [ ] ( ) (?: ) | * + ? {n,m} ^ $ and \d \w \s \D \W \S.
 */

import { has } from "./char-set.ts";
import { parse } from "./parse.ts";
import { type Program, program } from "./program.ts";

export { PatternRefused } from "./pattern-refused.ts";

/** Steps remembered before all are forgotten: bounds memory for patterns that need many. */
const MOST_REMEMBERED = 2_000;

interface Step {
  readonly states: readonly number[];
  readonly isMatch: boolean;
  readonly isMatchAtEnd: boolean;
  readonly next: Map<number, Step>;
}

export class LinearRegex {
  readonly #program: Program;
  #steps = new Map<string, Step>();
  #first: Step | null = null;

  /** Raises PatternRefused. */
  constructor(pattern: string) {
    this.#program = program(parse(pattern));
  }

  /** Whether the pattern matches anywhere in the text. */
  test(text: string): boolean {
    this.#first ??= this.#step([this.#program.first], true);
    let step = this.#first;
    for (let at = 0; at < text.length; at += 1) {
      if (step.isMatch) return true;
      const unit = text.charCodeAt(at);
      let next = step.next.get(unit);
      if (next === undefined) {
        next = this.#after(step, unit);
        step.next.set(unit, next);
      }
      step = next;
    }
    return step.isMatch || step.isMatchAtEnd;
  }

  #after(step: Step, unit: number): Step {
    const reached: number[] = [];
    for (const index of step.states) {
      const state = this.#program.states[index];
      if (state?.kind === "set" && has(state.set, unit)) reached.push(state.next);
    }
    // A match may begin anywhere.
    reached.push(this.#program.first);
    return this.#step(reached, false);
  }

  #step(seeds: readonly number[], isStart: boolean): Step {
    const states = this.#closure(seeds, isStart, false);
    const key = `${isStart} ${states.join()}`;
    const known = this.#steps.get(key);
    if (known !== undefined) return known;
    if (this.#steps.size >= MOST_REMEMBERED) this.#forget();
    const step: Step = {
      states,
      isMatch: states.includes(0),
      isMatchAtEnd: this.#closure(states, isStart, true).includes(0),
      next: new Map(),
    };
    this.#steps.set(key, step);
    return step;
  }

  #forget(): void {
    for (const step of this.#steps.values()) step.next.clear();
    this.#steps.clear();
    this.#first = null;
  }

  /** Follows what takes no character. */
  #closure(seeds: readonly number[], isStart: boolean, isEnd: boolean): number[] {
    const seen = new Set<number>();
    const open = [...seeds];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const state = this.#program.states[index];
      if (state?.kind === "split") open.push(...state.next);
      else if (state?.kind === "start" && isStart) open.push(state.next);
      else if (state?.kind === "end" && isEnd) open.push(state.next);
    }
    return [...seen].toSorted((a, b) => a - b);
  }
}
