/** The record of an install: who granted, changed, upgraded and switched what, newest first. */

import { Button, RelativeTime, Table } from "@annex/ui-kit";
import { stateChanges } from "../../installs/state-changes.ts";
import type { InstallView } from "../../installs/types.ts";
import { useHistory } from "../../installs/use-history.ts";
import { WithInstall } from "../../installs/with-install.tsx";
import { Failed } from "../../states/failed.tsx";
import { Loading } from "../../states/loading.tsx";
import { Who } from "../../writing/who.tsx";

export default function ActivityPage() {
  return <WithInstall>{(install) => <Activity install={install} />}</WithInstall>;
}

function Activity({ install }: { install: InstallView }) {
  const history = useHistory(install.install_id);
  if (history.data === undefined && history.isError)
    return (
      <Failed error={history.error} retry={() => void history.refetch()} title="Cannot show the activity" />
    );
  if (history.data === undefined) return <Loading what="the activity" />;
  const states = history.data.pages.flatMap(({ items }) => items);
  // The oldest of a page is told apart by the one before it, which is on the next page.
  const shown = history.hasNextPage ? states.slice(0, -1) : states;
  return (
    <>
      <Table
        caption={`What happened to ${install.extension}, newest first`}
        rows={shown}
        rowKey={({ revision }) => String(revision)}
        columns={[
          {
            key: "when",
            header: "When",
            cell: ({ began_at }) => <RelativeTime value={began_at} first="absolute" />,
          },
          { key: "who", header: "Who", cell: ({ changed_by }) => <Who principalId={changed_by} /> },
          {
            key: "what",
            header: "What",
            cell: (state) => (
              <ul className="plain">
                {stateChanges(states[states.indexOf(state) + 1], state).map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            ),
          },
          { key: "version", header: "Version", cell: ({ version }) => version },
          { key: "revision", header: "Revision", align: "end", cell: ({ revision }) => revision },
        ]}
      />
      {history.hasNextPage && (
        <Button busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          Load 50 more
        </Button>
      )}
    </>
  );
}
