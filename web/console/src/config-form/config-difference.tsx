/** What a save changes, setting by setting, with words and signs and not by colour alone. */

import { Code, Table } from "@annex/ui-kit";
import { type ConfigChange, settingText } from "./config-changes.ts";

const WORDS = { added: "+ set", removed: "− unset", changed: "~ changed" } as const;

export function ConfigDifference({
  changes,
  caption,
}: {
  changes: readonly ConfigChange[];
  caption: string;
}) {
  return (
    <Table
      caption={caption}
      rows={changes}
      rowKey={({ name }) => name}
      empty={<p>No setting changes.</p>}
      columns={[
        { key: "name", header: "Setting", cell: ({ name }) => <Code>{name}</Code> },
        { key: "kind", header: "Change", cell: ({ kind }) => WORDS[kind] },
        { key: "before", header: "Before", cell: ({ before }) => <Code>{settingText(before)}</Code> },
        { key: "after", header: "After", cell: ({ after }) => <Code>{settingText(after)}</Code> },
      ]}
    />
  );
}
