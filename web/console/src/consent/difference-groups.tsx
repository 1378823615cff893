/** What changes of an extension's rights: Added, Widened, Narrowed, Removed, and the rest folded away. */

import { Badge, Code, Section } from "@annex/ui-kit";
import { shortName } from "./capability-words.ts";
import { sentence } from "./sentence.ts";
import type { RightChange, VersionDifference } from "./version-difference.ts";

export function DifferenceGroups({ difference }: { difference: VersionDifference }) {
  const { added, widened, narrowed, removed, unchanged, notes } = difference;
  const isSame = added.length + widened.length + narrowed.length + removed.length === 0;
  return (
    <Section title="What changes">
      {isSame && <p>It asks for nothing new and nothing more.</p>}
      <Group title="Added" sign="+" rows={added} />
      <Group title="Widened" sign="+" rows={widened} showsScope />
      <Group title="Narrowed" sign="−" rows={narrowed} showsScope />
      <Group title="Removed" sign="−" rows={removed} note={sentence("asked_no_more")} />
      {notes.length > 0 && (
        <section>
          <h3>Also</h3>
          <ul>
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </section>
      )}
      {unchanged.length > 0 && (
        <details>
          <summary>{unchanged.length} unchanged</summary>
          <ul>
            {unchanged.map(({ capability, sentence: words }) => (
              <li key={capability}>{words}</li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

interface GroupProps {
  readonly title: string;
  readonly sign: string;
  readonly rows: readonly RightChange[];
  readonly note?: string;
  readonly showsScope?: boolean;
}

function Group({ title, sign, rows, note, showsScope = false }: GroupProps) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul className="rights">
        {rows.map(({ capability, sentence: words, before, after }) => (
          <li key={capability}>
            <span aria-hidden="true">{sign} </span>
            {words} <Badge>{shortName(capability)}</Badge>
            {note && <span> {note}</span>}
            {showsScope && <Scopes before={before} after={after} />}
            {!showsScope && title === "Added" && after.length > 0 && <Scope items={after} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Scopes({ before, after }: { before: readonly string[]; after: readonly string[] }) {
  return (
    <dl className="before-after">
      <dt>Before</dt>
      <dd>
        <Scope items={before} />
      </dd>
      <dt>After</dt>
      <dd>
        <Scope items={after} />
      </dd>
    </dl>
  );
}

function Scope({ items }: { items: readonly string[] }) {
  if (items.length === 0) return <>nothing</>;
  return (
    <ul className="scope">
      {items.map((item) => (
        <li key={item}>
          <Code>{item}</Code>
        </li>
      ))}
    </ul>
  );
}
