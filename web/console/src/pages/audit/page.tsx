/** Who changed what about who may do what, newest first. Nothing here can be changed. */

import { Button, DateField, IdText, RelativeTime, Select, Table, TextField } from "@annex/ui-kit";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { CHANGES, changeWords, detailWords } from "../../audit/change-words.ts";
import { ndjson } from "../../audit/ndjson.ts";
import { type AuditFilters, type Entry, MOST_EXPORTED, readAll, useAudit } from "../../audit/use-audit.ts";
import { useSession } from "../../session/session-context.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { Empty } from "../../states/empty.tsx";
import { EmptyByFilter } from "../../states/empty-by-filter.tsx";
import { Failed } from "../../states/failed.tsx";
import { Loading } from "../../states/loading.tsx";
import { useUrlFilters } from "../../url-filters.ts";
import { Refused } from "../../writing/refused.tsx";
import { Who } from "../../writing/who.tsx";

const NAMES = ["change", "actor", "subject", "request", "since", "until"] as const;
const DAY_MS = 86_400_000;

export default function AuditPage() {
  const { tenant } = useSession();
  const { values, isFiltered, set, clear } = useUrlFilters(NAMES);
  // The last day, unless somebody names times of their own.
  const [yesterday] = useState(() => new Date(Date.now() - DAY_MS).toISOString().slice(0, 10));
  const filters: AuditFilters = { ...values, since: values.since || (isFiltered ? "" : yesterday) };
  const entries = useAudit(filters);
  const rows = entries.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <PageHead
        title="Audit"
        subtitle={`Changes of members, roles, keys and sessions in ${tenant.name}${isFiltered ? "" : " since yesterday"}.`}
        actions={<Export filters={filters} />}
      />
      <div className="filters">
        <Select
          label="Action"
          placeholder="Any action"
          options={Object.keys(CHANGES).map((name) => ({ value: name, label: changeWords(name) }))}
          value={values.change}
          onChange={(value) => set("change", value)}
        />
        <FilterField label="Actor id" value={values.actor} onSet={(value) => set("actor", value)} />
        <FilterField label="Object" value={values.subject} onSet={(value) => set("subject", value)} />
        <FilterField label="Request id" value={values.request} onSet={(value) => set("request", value)} />
        <DateField label="From" value={values.since} onChange={(value) => set("since", value)} />
        <DateField label="Before" value={values.until} onChange={(value) => set("until", value)} />
        {isFiltered && <Button onClick={clear}>Clear all</Button>}
      </div>
      {rows === undefined && entries.isError && (
        <Failed error={entries.error} retry={() => void entries.refetch()} title="Cannot show the record" />
      )}
      {rows === undefined && !entries.isError && <Loading what="the record" />}
      {rows && (
        <Table
          caption="Entries of the record, newest first"
          rows={rows}
          rowKey={({ number }) => String(number)}
          empty={
            isFiltered ? (
              <EmptyByFilter sentence="No entry of the record matches these filters." clear={clear} />
            ) : (
              <Empty title="Nothing was changed since yesterday." />
            )
          }
          columns={COLUMNS}
        />
      )}
      {entries.hasNextPage && (
        <Button busy={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
          Load 100 more
        </Button>
      )}
    </>
  );
}

const COLUMNS = [
  { key: "time", header: "Time", cell: ({ at }: Entry) => <RelativeTime value={at} first="absolute" /> },
  {
    key: "actor",
    header: "Actor",
    cell: ({ actor_principal_id }: Entry) => <Who principalId={actor_principal_id} />,
  },
  { key: "action", header: "Action", cell: ({ change }: Entry) => changeWords(change) },
  { key: "object", header: "Object", cell: ({ subject }: Entry) => <code>{subject}</code> },
  // Only what was done is recorded: a refused change is not in the record.
  { key: "result", header: "Result", cell: ({ details }: Entry) => detailWords(details) || "done" },
  {
    key: "request",
    header: "Request",
    cell: ({ request_id }: Entry) => <IdText value={request_id} what="request id" />,
  },
];

/** Applied when one leaves the field or presses Enter: half an id matches nothing. */
function FilterField(props: { label: string; value: string; onSet: (value: string) => void }) {
  const { label, value, onSet } = props;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSet(String(new FormData(event.currentTarget).get("text") ?? "").trim());
      }}
    >
      <TextField
        key={value}
        label={label}
        name="text"
        defaultValue={value}
        onBlur={(event) => onSet(event.currentTarget.value.trim())}
      />
    </form>
  );
}

function Export({ filters }: { filters: AuditFilters }) {
  const write = useMutation({
    mutationFn: async () => {
      const rows = await readAll(filters, new AbortController().signal);
      save(`audit-${new Date().toISOString().slice(0, 10)}.ndjson`, ndjson(rows));
      return rows.length;
    },
  });
  return (
    <>
      <Button busy={write.isPending} onClick={() => write.mutate()}>
        Export NDJSON
      </Button>
      {write.data !== undefined && (
        <span role="status">
          {write.data >= MOST_EXPORTED
            ? `The newest ${write.data} entries are saved; ask for older ones by time.`
            : `${write.data} entries are saved.`}
        </span>
      )}
      <Refused error={write.error} />
    </>
  );
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
