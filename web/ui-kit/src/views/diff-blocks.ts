import type { DiffLine } from "./diff-lines.ts";

/** Lines that are shown, or unchanged ones far from any change that are folded away. */
export interface DiffBlock {
  key: string;
  lines: DiffLine[];
  folded: boolean;
}

/** Divide a comparison: changes with their surroundings, and what lies between. */
export function diffBlocks(lines: readonly DiffLine[], context = 3): DiffBlock[] {
  const shown = shownLines(lines, context);
  const blocks: DiffBlock[] = [];
  lines.forEach((line, index) => {
    const folded = !shown[index];
    const last = blocks.at(-1);
    if (last?.folded === folded) last.lines.push(line);
    else blocks.push({ key: String(index), lines: [line], folded });
  });
  // A fold takes a line itself, so folding a single one hides it for nothing.
  return blocks.map((block) => (block.lines.length === 1 ? { ...block, folded: false } : block));
}

function shownLines(lines: readonly DiffLine[], context: number): boolean[] {
  const shown = lines.map(() => false);
  lines.forEach((line, index) => {
    if (line.kind === "same") return;
    for (let at = Math.max(0, index - context); at <= Math.min(lines.length - 1, index + context); at += 1)
      shown[at] = true;
  });
  return shown;
}

/** A row of the view side by side: what stood there, and what stands there now. */
export interface DiffPair {
  before?: DiffLine;
  after?: DiffLine;
}

/** Put removed and added lines of one change side by side. */
export function pairLines(lines: readonly DiffLine[]): DiffPair[] {
  const pairs: DiffPair[] = [];
  let open = 0;
  for (const line of lines) {
    if (line.kind === "same") {
      pairs.push({ before: line, after: line });
      open = pairs.length;
    } else if (line.kind === "removed") pairs.push({ before: line });
    else {
      const beside = pairs[open];
      if (beside === undefined) pairs.push({ after: line });
      else beside.after = line;
      open += 1;
    }
  }
  return pairs;
}
