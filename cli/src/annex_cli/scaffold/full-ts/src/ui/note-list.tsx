import { Empty, RelativeTime, Table } from "@annex/ui-kit";

import type { Note } from "../handler/notes.ts";

export function NoteList({ notes }: { notes: readonly Note[] }) {
  return (
    <Table
      caption="Notes"
      rows={notes}
      rowKey={({ id }) => id}
      empty={<Empty>There are no notes yet. The first one you add is shown here.</Empty>}
      columns={[
        { key: "text", header: "Note", cell: ({ text }) => text },
        { key: "written", header: "Written", cell: ({ written_at }) => <RelativeTime value={written_at} />, narrow: true },
      ]}
    />
  );
}
