/** Who changed which settings when, with a way back to each state. */

import { Button, RelativeTime, Section, Table } from "@annex/ui-kit";
import { configChanges } from "../../config-form/config-changes.ts";
import { type ConfigRevision, configRevisions } from "../../installs/config-revisions.ts";
import type { InstallView } from "../../installs/types.ts";
import { useHistory } from "../../installs/use-history.ts";
import { useChangeInstall } from "../../installs/use-install-writes.ts";
import { Failed } from "../../states/failed.tsx";
import { Loading } from "../../states/loading.tsx";
import { Refused } from "../../writing/refused.tsx";
import { Who } from "../../writing/who.tsx";

export interface ConfigHistoryProps {
  readonly install: InstallView;
  readonly mayWrite: boolean;
  readonly onReverted: (install: InstallView) => void;
}

export function ConfigHistory({ install, mayWrite, onReverted }: ConfigHistoryProps) {
  const history = useHistory(install.install_id);
  const revert = useChangeInstall(install.install_id);
  if (history.isError && history.data === undefined)
    return (
      <Failed error={history.error} retry={() => void history.refetch()} title="Cannot show the history" />
    );
  if (history.data === undefined) return <Loading what="the history" />;
  const states = history.data.pages.flatMap(({ items }) => items);
  const rows = configRevisions(states, !history.hasNextPage);
  const canRevert = ({ state }: ConfigRevision) => configChanges(install.config, state.config).length > 0;
  return (
    <Section title="History">
      <Refused error={revert.error} />
      <Table
        caption="Changes of the configuration, newest first"
        rows={rows}
        rowKey={({ state }) => String(state.revision)}
        empty={<p>Nobody has changed the configuration.</p>}
        columns={[
          {
            key: "when",
            header: "When",
            cell: ({ state }) => <RelativeTime value={state.began_at} first="absolute" />,
          },
          { key: "who", header: "Who", cell: ({ state }) => <Who principalId={state.changed_by} /> },
          {
            key: "what",
            header: "Settings",
            cell: ({ changes }) => changes.map(({ name }) => name).join(", "),
          },
          { key: "version", header: "Version", cell: ({ state }) => state.version },
          {
            key: "revert",
            header: "Actions",
            cell: (row) =>
              mayWrite && canRevert(row) ? (
                <Button
                  size="small"
                  busy={revert.isPending}
                  aria-label={`Revert to the configuration of revision ${row.state.revision}`}
                  onClick={() =>
                    revert.mutate(
                      { config: { ...row.state.config }, if_revision: install.revision },
                      { onSuccess: onReverted },
                    )
                  }
                >
                  Revert to this
                </Button>
              ) : (
                row.isPresent && "present"
              ),
          },
        ]}
      />
      {history.hasNextPage && (
        <Button busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          Load 50 more
        </Button>
      )}
    </Section>
  );
}
