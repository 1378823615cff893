import assert from "node:assert/strict";
import { test } from "node:test";
import { LinearRegex, PatternRefused } from "../../src/linear-regex/linear-regex.ts";

const PATTERNS = [
  "a",
  "ab",
  "a|b",
  "(ab)+c",
  "(?:ab)*c",
  "a?b?c?$",
  "^a.c$",
  "^$",
  "$^",
  "[a-c]+x",
  "[^a-c]x",
  "[]a]x",
  "[a-]x",
  "[\\w-]+@",
  "\\d{2,3}",
  "\\d{2}",
  "(a|b){2,}c",
  "x{0}y",
  "\\s\\S",
  "a+?b",
  "(a+)+b",
  "((a|b)*c|d)+$",
  "\\.",
  "a\\|b",
  "status=(4|5)\\d\\d",
  "[\\d]",
  ".",
  "",
  "^a|b$",
  "{",
  "a{",
];
const TEXTS = [
  "",
  "a",
  "b",
  "ab",
  "abc",
  "ababc",
  "aXc",
  "a.c",
  "x",
  "y",
  "12",
  "123",
  "a b",
  "aab",
  "aaab",
  "cdcd",
].concat([
  "]x",
  "-x",
  "dx",
  "me-you@",
  "a|b",
  "status=503 /notes",
  "STATUS=404",
  "bcc",
  "line\nnext",
  "{",
  "a{",
  "abacd",
]);

test("a pattern matches what the browser's own engine matches", () => {
  for (const pattern of PATTERNS) {
    const own = new RegExp(pattern, "i");
    const linear = new LinearRegex(pattern);
    for (const text of TEXTS) {
      assert.equal(linear.test(text), own.test(text), `/${pattern}/ on ${JSON.stringify(text)}`);
    }
  }
});

test("random patterns match what the browser's own engine matches", () => {
  let seed = 7;
  const pick = (most: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * most);
  };
  const make = (depth: number): string => {
    const kinds = depth > 3 ? 3 : 8;
    switch (pick(kinds)) {
      case 0:
        return "abc"[pick(3)] ?? "a";
      case 1:
        return ".";
      case 2:
        return ["[ab]", "[^a]", "\\d", "\\w"][pick(4)] ?? ".";
      case 3:
        return `(${make(depth + 1)}|${make(depth + 1)})`;
      case 4:
        return `(${make(depth + 1)})${["*", "+", "?", "{1,2}"][pick(4)]}`;
      case 5:
        return `^${make(depth + 1)}`;
      case 6:
        return `${make(depth + 1)}$`;
      default:
        return make(depth + 1) + make(depth + 1);
    }
  };
  for (let round = 0; round < 400; round += 1) {
    const pattern = make(0);
    const own = new RegExp(pattern, "i");
    const linear = new LinearRegex(pattern);
    for (let count = 0; count < 12; count += 1) {
      const text = Array.from({ length: pick(8) }, () => "abc1 "[pick(5)]).join("");
      assert.equal(linear.test(text), own.test(text), `/${pattern}/ on ${JSON.stringify(text)}`);
    }
  }
});

test("patterns that take an ordinary engine for ever are answered at once", () => {
  const text = "a".repeat(20_000);
  for (const pattern of ["(a+)+$b", "(a|a)*b", "(a|aa)+b", "a*a*a*a*a*a*b", "(.*)*x"]) {
    assert.equal(new LinearRegex(pattern).test(text), false, pattern);
  }
});

const REFUSED: Readonly<Record<string, string>> = {
  "(a": "A ( is not closed.",
  "a)": "A ) has no ( before it.",
  "[a": "A [ is not closed.",
  "*a": "There is nothing before * to repeat.",
  "a**": "A repetition is repeated with ( ) around it only.",
  "(?=a)": "Look-around and named groups are not supported.",
  "(a)\\1": "References to groups are not supported.",
  "\\bword": "\\b is not supported.",
  "a\\": "The pattern ends with a single \\.",
  "[z-a]": "A range in [ ] runs backwards.",
  "a{3,2}": "In {n,m} the second number is not below the first.",
  "a{500}": "{n,m} counts to at most 100.",
  "^*": "^ and $ cannot be repeated.",
  "((a{100}){100}){100}": "The pattern is too large: repeat fewer times.",
};

for (const [pattern, sentence] of Object.entries(REFUSED)) {
  test(`/${pattern}/ is refused with a sentence`, () => {
    assert.throws(
      () => new LinearRegex(pattern),
      (error: unknown) => error instanceof PatternRefused && error.message === sentence,
    );
  });
}

test("a pattern longer than anybody types is refused", () => {
  assert.throws(() => new LinearRegex("a".repeat(201)), PatternRefused);
});

test("memory stays bounded whatever the text", () => {
  const pattern = new LinearRegex("(a|b)*a(a|b){12}$");
  let seed = 1;
  const text = Array.from({ length: 30_000 }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % 2 === 0 ? "a" : "b";
  }).join("");

  assert.equal(pattern.test(text), /a[ab]{12}$/.test(text));
});
