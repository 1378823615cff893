/** Reads a pattern into a tree. Only what can be matched in time proportional to the text is known here. */

import { type CharSet, caseless, charSet, DIGITS, DOT, negated, SPACES, union, WORDS } from "./char-set.ts";
import { PatternRefused } from "./pattern-refused.ts";

export type Node =
  | { readonly kind: "empty" }
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "start" }
  | { readonly kind: "end" }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly parts: readonly Node[] }
  | { readonly kind: "repeat"; readonly part: Node; readonly least: number; readonly most: number };

const LONGEST_PATTERN = 200;
const MOST_REPEATS = 100;
const DEEPEST = 20;
const CLASSES: Readonly<Record<string, CharSet>> = {
  d: DIGITS,
  D: negated(DIGITS),
  w: WORDS,
  W: negated(WORDS),
  s: SPACES,
  S: negated(SPACES),
};
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v" };

export function parse(pattern: string): Node {
  if (pattern.length > LONGEST_PATTERN) {
    throw new PatternRefused(`A pattern has at most ${LONGEST_PATTERN} characters.`);
  }
  return new Parser(pattern).whole();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Node {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw new PatternRefused("A ) has no ( before it.");
    return node;
  }

  #choice(): Node {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "choice", parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#text.length && !"|)".includes(this.#peek()))
      parts.push(this.#repeated(this.#atom()));
    return parts.length === 0 ? { kind: "empty" } : { kind: "sequence", parts };
  }

  #atom(): Node {
    const character = this.#next();
    if (character === "(") return this.#group();
    if (character === "[") return { kind: "set", set: this.#brackets() };
    if (character === ".") return { kind: "set", set: DOT };
    if (character === "^") return { kind: "start" };
    if (character === "$") return { kind: "end" };
    if (character === "\\") return { kind: "set", set: this.#escaped() };
    if ("*+?".includes(character))
      throw new PatternRefused(`There is nothing before ${character} to repeat.`);
    return { kind: "set", set: charSet(character, character) };
  }

  #group(): Node {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new PatternRefused(`Groups go at most ${DEEPEST} deep.`);
    if (this.#take("?") && !this.#take(":")) {
      throw new PatternRefused("Look-around and named groups are not supported.");
    }
    const node = this.#choice();
    if (!this.#take(")")) throw new PatternRefused("A ( is not closed.");
    this.#depth -= 1;
    return node;
  }

  #repeated(part: Node): Node {
    const bounds = this.#bounds();
    if (bounds === null) return part;
    if (part.kind === "start" || part.kind === "end") throw new PatternRefused("^ and $ cannot be repeated.");
    // How greedy it is makes no difference to whether something matches.
    this.#take("?");
    if (this.#bounds() !== null)
      throw new PatternRefused("A repetition is repeated with ( ) around it only.");
    return { kind: "repeat", part, ...bounds };
  }

  #bounds(): { least: number; most: number } | null {
    if (this.#take("*")) return { least: 0, most: Number.POSITIVE_INFINITY };
    if (this.#take("+")) return { least: 1, most: Number.POSITIVE_INFINITY };
    if (this.#take("?")) return { least: 0, most: 1 };
    const counted = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#text.slice(this.#at));
    if (counted === null) return null;
    this.#at += counted[0].length;
    const least = Number(counted[1]);
    const most =
      counted[2] === undefined ? least : counted[3] ? Number(counted[3]) : Number.POSITIVE_INFINITY;
    if (least > MOST_REPEATS || (most !== Number.POSITIVE_INFINITY && most > MOST_REPEATS)) {
      throw new PatternRefused(`{n,m} counts to at most ${MOST_REPEATS}.`);
    }
    if (most < least) throw new PatternRefused("In {n,m} the second number is not below the first.");
    return { least, most };
  }

  #brackets(): CharSet {
    const isNegated = this.#take("^");
    let set: CharSet = [];
    while (this.#peek() !== "]") {
      if (this.#at >= this.#text.length) throw new PatternRefused("A [ is not closed.");
      set = union(set, this.#member());
    }
    this.#at += 1;
    return isNegated ? negated(caseless(set)) : set;
  }

  #member(): CharSet {
    const first = this.#next();
    const set = first === "\\" ? this.#escaped() : charSet(first, first);
    const single = set.length === 1 && set[0]?.[0] === set[0]?.[1] ? set[0]?.[0] : undefined;
    const isRange =
      this.#peek() === "-" && this.#at + 1 < this.#text.length && this.#text[this.#at + 1] !== "]";
    if (!isRange || single === undefined) return set;
    this.#at += 1;
    const end = this.#next();
    const last = end === "\\" ? this.#escaped() : charSet(end, end);
    const to = last[0]?.[1];
    if (last.length !== 1 || to === undefined || to < single)
      throw new PatternRefused("A range in [ ] runs backwards.");
    return [[single, to]];
  }

  #escaped(): CharSet {
    if (this.#at >= this.#text.length) throw new PatternRefused("The pattern ends with a single \\.");
    const character = this.#next();
    const known = CLASSES[character];
    if (known !== undefined) return known;
    const control = CONTROLS[character];
    if (control !== undefined) return charSet(control, control);
    if (/[1-9]/.test(character)) throw new PatternRefused("References to groups are not supported.");
    if (/[a-zA-Z0]/.test(character)) throw new PatternRefused(`\\${character} is not supported.`);
    return charSet(character, character);
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #next(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character || character === "") return false;
    this.#at += 1;
    return true;
  }
}
