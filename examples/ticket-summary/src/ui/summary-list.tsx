import { Empty, RelativeTime, Table } from "@annex/ui-kit";

import type { Summary } from "../handler/summaries.ts";

export function SummaryList({ summaries }: { summaries: readonly Summary[] }) {
  return (
    <Table
      caption="Summaries"
      rows={summaries}
      rowKey={({ ticket }) => ticket}
      empty={<Empty>No ticket has been summarised yet. Closed tickets are, with the next digest.</Empty>}
      columns={[
        { key: "ticket", header: "Ticket", cell: ({ ticket }) => ticket, narrow: true },
        { key: "subject", header: "Subject", cell: ({ subject }) => subject },
        { key: "summary", header: "Summary", cell: ({ summary }) => summary },
        { key: "written", header: "Written", cell: ({ written_at }) => <RelativeTime value={written_at} />, narrow: true },
      ]}
    />
  );
}
