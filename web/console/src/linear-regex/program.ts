/** Compiles a tree into states: Thompson's construction. */

import { type CharSet, caseless } from "./char-set.ts";
import type { Node } from "./parse.ts";
import { PatternRefused } from "./pattern-refused.ts";

export type State =
  | { kind: "set"; set: CharSet; next: number }
  | { kind: "split"; next: number[] }
  | { kind: "start" | "end"; next: number }
  | { kind: "match" };

const MOST_STATES = 2_000;

export interface Program {
  readonly states: readonly State[];
  readonly first: number;
}

export function program(node: Node): Program {
  const states: State[] = [{ kind: "match" }];
  const add = (state: State): number => {
    if (states.length >= MOST_STATES)
      throw new PatternRefused("The pattern is too large: repeat fewer times.");
    states.push(state);
    return states.length - 1;
  };
  const build = (part: Node, next: number): number => {
    switch (part.kind) {
      case "empty":
        return next;
      case "set":
        return add({ kind: "set", set: caseless(part.set), next });
      case "start":
      case "end":
        return add({ kind: part.kind, next });
      case "sequence":
        return part.parts.reduceRight((after, one) => build(one, after), next);
      case "choice":
        return add({ kind: "split", next: part.parts.map((one) => build(one, next)) });
      case "repeat":
        return repeat(part.part, part.least, part.most, next);
    }
  };
  const repeat = (part: Node, least: number, most: number, next: number): number => {
    let after = next;
    if (most === Number.POSITIVE_INFINITY) {
      const loop: number[] = [];
      after = add({ kind: "split", next: loop });
      loop.push(build(part, after), next);
    } else {
      for (let count = least; count < most; count += 1) {
        after = add({ kind: "split", next: [build(part, after), next] });
      }
    }
    for (let count = 0; count < least; count += 1) after = build(part, after);
    return after;
  };
  const first = build(node, 0);
  return { states, first };
}
