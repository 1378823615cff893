/** Who changed what at a place, when and why, newest first; rows nobody changes any more. */

import { Button, RelativeTime, Section, Table } from "@annex/ui-kit";
import { controlsWords, type SaidControls } from "../commands/controls-words.ts";
import type { ControlsPlace } from "../commands/write-commands.ts";
import { Failed } from "../states/failed.tsx";
import { Loading } from "../states/loading.tsx";
import { Who } from "../writing/who.tsx";
import { useControlsHistory } from "./use-controls.ts";

const NOTHING: SaidControls = { rates: {}, quotas: [], limits: {}, egress_hosts: null, is_entitled: null };

export function ControlsHistory({ place }: { place: ControlsPlace }) {
  const history = useControlsHistory(place);
  if (history.data === undefined && history.isError)
    return (
      <Failed error={history.error} retry={() => void history.refetch()} title="Cannot show the history" />
    );
  if (history.data === undefined) return <Loading what="the history" />;
  return (
    <Section title="History">
      <Table
        caption="Changes of these controls, newest first"
        rows={history.data.pages.flatMap(({ items }) => items)}
        rowKey={({ revision }) => String(revision)}
        empty={<p>Nobody has said anything here.</p>}
        columns={[
          {
            key: "when",
            header: "When",
            cell: ({ changed_at }) => <RelativeTime value={changed_at} first="absolute" />,
          },
          { key: "who", header: "Who", cell: ({ principal_id }) => <Who principalId={principal_id} /> },
          { key: "why", header: "Why", cell: ({ reason }) => reason },
          {
            key: "what",
            header: "What",
            cell: ({ before, after }) => whatChanged(before, after),
          },
        ]}
      />
      {history.hasNextPage && (
        <Button busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          Load 20 more
        </Button>
      )}
    </Section>
  );
}

/** "tenant=50:200, no more rates.user". */
function whatChanged(before: unknown, after: unknown): string {
  const words = controlsWords({ ...NOTHING, ...record(before) }, { ...NOTHING, ...record(after) });
  const said = words.flatMap((word, place) => {
    if (!word.startsWith("--")) return [];
    const value = words[place + 1];
    if (value === undefined || value.startsWith("--")) return [word.slice(2)];
    return word === "--unset" ? [`no more ${value}`] : [`${word.slice(2)} ${value}`];
  });
  return said.length === 0 ? "–" : said.join(", ");
}

function record(value: unknown): Partial<SaidControls> {
  return typeof value === "object" && value !== null ? value : {};
}
