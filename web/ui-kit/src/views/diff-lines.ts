/** One line of a comparison: where it stands before and after, counted from one. */
export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
  before?: number;
  after?: number;
}

/** Beyond this many changed lines the texts are told as replaced: no reader follows more. */
const MOST_EDITS = 1000;

/** Compare two texts line by line with the fewest edits. */
export function diffLines(before: string, after: string): DiffLine[] {
  const left = linesOf(before);
  const right = linesOf(after);
  const head = commonLength(left, right);
  const tail = commonLength(left.slice(head).reverse(), right.slice(head).reverse());
  const kinds = [
    ..."=".repeat(head),
    ...edits(left.slice(head, left.length - tail), right.slice(head, right.length - tail)),
    ..."=".repeat(tail),
  ];
  return numbered(kinds, left, right);
}

function linesOf(text: string): string[] {
  if (text === "") return [];
  return text.replace(/\n$/, "").split("\n");
}

function commonLength(one: string[], other: string[]): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return at;
}

/** Myers' greedy search: `=`, `-` and `+` in order; furthest[k] is how far down the left diagonal k reaches. */
function edits(left: string[], right: string[]): string[] {
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  const limit = Math.min(left.length + right.length, MOST_EDITS);
  for (let steps = 0; steps <= limit; steps += 1) {
    trace.push(new Map(furthest));
    for (let diagonal = -steps; diagonal <= steps; diagonal += 2) {
      let x = startOf(furthest, diagonal, steps);
      while (x < left.length && x - diagonal < right.length && left[x] === right[x - diagonal]) x += 1;
      furthest.set(diagonal, x);
      if (x >= left.length && x - diagonal >= right.length)
        return walkedBack(trace, left.length, right.length);
    }
  }
  return [..."-".repeat(left.length), ..."+".repeat(right.length)];
}

function startOf(furthest: Map<number, number>, diagonal: number, steps: number): number {
  return cameDown(furthest, diagonal, steps)
    ? reach(furthest, diagonal + 1)
    : reach(furthest, diagonal - 1) + 1;
}

function cameDown(furthest: Map<number, number>, diagonal: number, steps: number): boolean {
  if (diagonal === -steps) return true;
  return diagonal !== steps && reach(furthest, diagonal - 1) < reach(furthest, diagonal + 1);
}

function reach(furthest: Map<number, number>, diagonal: number): number {
  return furthest.get(diagonal) ?? -1;
}

function walkedBack(trace: Map<number, number>[], width: number, height: number): string[] {
  const script: string[] = [];
  let x = width;
  let y = height;
  for (let steps = trace.length - 1; steps > 0; steps -= 1) {
    const furthest = trace[steps] ?? new Map<number, number>();
    const down = cameDown(furthest, x - y, steps);
    const diagonal = down ? x - y + 1 : x - y - 1;
    const fromX = reach(furthest, diagonal);
    const fromY = fromX - diagonal;
    script.push(..."=".repeat(down ? x - fromX : y - fromY), down ? "+" : "-");
    x = fromX;
    y = fromY;
  }
  script.push(..."=".repeat(x));
  return script.reverse();
}

function numbered(kinds: string[], left: string[], right: string[]): DiffLine[] {
  let before = 0;
  let after = 0;
  return kinds.map((kind) => {
    if (kind === "-") return { kind: "removed", text: left[before] ?? "", before: ++before };
    if (kind === "+") return { kind: "added", text: right[after] ?? "", after: ++after };
    return { kind: "same", text: right[after] ?? "", before: ++before, after: ++after };
  });
}
