/** Two versions' manifests line by line: side by side where there is room, one below the other where not. */

import type { VersionDetail } from "../installs/types.ts";
import { type DifferenceLine, textDifference } from "./text-difference.ts";

export function ManifestDifference({ before, after }: { before: VersionDetail; after: VersionDetail }) {
  if (before.manifest === null || after.manifest === null) return null;
  const lines = textDifference(json(before.manifest), json(after.manifest));
  const changed = lines.filter(({ sign }) => sign !== " ").length;
  return (
    <details>
      <summary>Manifest: {changed === 0 ? "unchanged" : `${changed} lines changed`}</summary>
      <section
        className="text-difference"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        aria-label={`Manifest of ${before.version} and ${after.version}`}
      >
        <ol>
          {lines.map((line) => (
            <Line key={`${line.before} ${line.after}`} line={line} />
          ))}
        </ol>
      </section>
    </details>
  );
}

const WORDS = { "+": "added", "-": "removed", " ": "" } as const;

function Line({ line }: { line: DifferenceLine }) {
  return (
    <li data-sign={line.sign}>
      <span className="visually-hidden">{WORDS[line.sign]} </span>
      <span aria-hidden="true">{line.sign}</span>
      <code>{line.text}</code>
    </li>
  );
}

function json(manifest: unknown): string {
  return JSON.stringify(manifest, null, 2);
}
