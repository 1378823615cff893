/** Compares two texts line by line: the shortest list of lines that stay, go and come. */

export interface DifferenceLine {
  readonly sign: "+" | "-" | " ";
  readonly text: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** Beyond so many cells of the table the texts are shown one after the other: nobody waits for a comparison. */
const MOST_CELLS = 4_000_000;

export function textDifference(before: string, after: string): readonly DifferenceLine[] {
  const old = before.split("\n");
  const now = after.split("\n");
  const kept = old.length * now.length > MOST_CELLS ? [] : longestCommon(old, now);
  const lines: DifferenceLine[] = [];
  let [i, j] = [0, 0];
  const leave = (until: number) => {
    for (; i < until; i++) lines.push({ sign: "-", text: old[i] ?? "", before: i + 1, after: null });
  };
  const enter = (until: number) => {
    for (; j < until; j++) lines.push({ sign: "+", text: now[j] ?? "", before: null, after: j + 1 });
  };
  for (const [oldPlace, newPlace] of kept) {
    leave(oldPlace);
    enter(newPlace);
    lines.push({ sign: " ", text: old[i] ?? "", before: i + 1, after: j + 1 });
    i++;
    j++;
  }
  leave(old.length);
  enter(now.length);
  return lines;
}

/** Pairs of places of the lines that both have, in order. */
function longestCommon(old: readonly string[], now: readonly string[]): readonly [number, number][] {
  const width = now.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        old[i] === now[j]
          ? at(lengths, (i + 1) * width + j + 1) + 1
          : Math.max(at(lengths, (i + 1) * width + j), at(lengths, i * width + j + 1));
  return walked(old, now, lengths, width);
}

function walked(
  old: readonly string[],
  now: readonly string[],
  lengths: Uint32Array,
  width: number,
): readonly [number, number][] {
  const pairs: [number, number][] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) pairs.push([i++, j++]);
    else if (at(lengths, (i + 1) * width + j) >= at(lengths, i * width + j + 1)) i++;
    else j++;
  }
  return pairs;
}

function at(numbers: Uint32Array, place: number): number {
  return numbers[place] ?? 0;
}
