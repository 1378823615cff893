/** The secrets of an install: names, ages and what is due. Values go in and never come out. */

import { Button, ConfirmDialog, RelativeTime, Section, Stack, StatusText, Table } from "@annex/ui-kit";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client.ts";
import { writeCommands } from "../../commands/write-commands.ts";
import type { InstallView } from "../../installs/types.ts";
import { WithInstall } from "../../installs/with-install.tsx";
import { SecretDialog } from "../../secrets/secret-dialog.tsx";
import { secretWords } from "../../secrets/secret-words.ts";
import { useDeleteSecret } from "../../secrets/use-secret-writes.ts";
import { useCan } from "../../session/use-can.ts";
import { Empty } from "../../states/empty.tsx";
import { Queried } from "../../states/queried.tsx";
import { CopyCommand } from "../../writing/copy-command.tsx";
import { ReadOnlyNote } from "../../writing/read-only-note.tsx";
import { Refused } from "../../writing/refused.tsx";
import { Who } from "../../writing/who.tsx";
import { RotationPolicy } from "./rotation-policy.tsx";

export default function SecretsPage() {
  return <WithInstall>{(install) => <Secrets install={install} />}</WithInstall>;
}

function Secrets({ install }: { install: InstallView }) {
  const mayWrite = useCan("extension:write");
  const [asked, setAsked] = useState<{ replaced: string | null } | null>(null);
  const [removed, setRemoved] = useState<string | null>(null);
  const secrets = useQuery({
    queryKey: ["secrets", install.install_id],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/installs/{install_id}/secrets", {
          params: { path: { install_id: install.install_id } },
          signal,
        }),
      ),
  });
  const add = mayWrite && <Button onClick={() => setAsked({ replaced: null })}>Add a secret</Button>;
  return (
    <Stack>
      <ReadOnlyNote permission="extension:write" />
      <Queried query={secrets} what="secrets" permission="extension:read">
        {({ items, max_age_days, overdue_policy }) => (
          <>
            <Section
              title="Secrets"
              description="No page and no address reads a value."
              actions={add || undefined}
            >
              <Table
                caption={`Secrets of ${install.extension}`}
                rows={items}
                rowKey={({ name }) => name}
                empty={<Empty title={`${install.extension} has no secrets.`} />}
                columns={[
                  { key: "name", header: "Name", cell: ({ name }) => <code>{name}</code> },
                  { key: "status", header: "Status", cell: ({ status }) => <Status status={status} /> },
                  { key: "set", header: "Set", cell: ({ set_at }) => <RelativeTime value={set_at} /> },
                  { key: "by", header: "By", cell: ({ set_by }) => <Who principalId={set_by} /> },
                  {
                    key: "ends",
                    header: "Ends",
                    cell: ({ expires_at }) => <RelativeTime value={expires_at} />,
                  },
                  {
                    key: "due",
                    header: "Overdue from",
                    cell: ({ overdue_at }) => <RelativeTime value={overdue_at} />,
                  },
                  {
                    key: "hosts",
                    header: "Sent to",
                    cell: ({ hosts }) => (hosts.length === 0 ? "–" : hosts.join(", ")),
                  },
                  {
                    key: "actions",
                    header: "Actions",
                    cell: ({ name }) =>
                      mayWrite && (
                        <Stack direction="row" gap={1}>
                          <Button
                            size="small"
                            aria-label={`Replace ${name}`}
                            onClick={() => setAsked({ replaced: name })}
                          >
                            Replace
                          </Button>
                          <Button size="small" aria-label={`Delete ${name}`} onClick={() => setRemoved(name)}>
                            Delete
                          </Button>
                        </Stack>
                      ),
                  },
                ]}
              />
            </Section>
            <RotationPolicy
              key={install.revision}
              install={install}
              maxAgeDays={max_age_days}
              overduePolicy={overdue_policy}
              isReadOnly={!mayWrite}
            />
          </>
        )}
      </Queried>
      <SecretDialog
        extension={install.extension}
        installId={install.install_id}
        replaced={asked?.replaced ?? null}
        isOpen={asked !== null}
        onClose={() => setAsked(null)}
      />
      <DeleteSecret install={install} name={removed} onClose={() => setRemoved(null)} />
    </Stack>
  );
}

function Status({ status }: { status: string }) {
  const { text, tone, sentence } = secretWords(status);
  return (
    <span title={sentence}>
      <StatusText tone={tone}>{text}</StatusText>
    </span>
  );
}

interface DeleteProps {
  readonly install: InstallView;
  readonly name: string | null;
  readonly onClose: () => void;
}

function DeleteSecret({ install, name, onClose }: DeleteProps) {
  const remove = useDeleteSecret(install.install_id);
  const close = () => {
    remove.reset();
    onClose();
  };
  return (
    <ConfirmDialog
      open={name !== null}
      danger
      title={`Delete ${name} of ${install.extension}?`}
      verb="Delete"
      busy={remove.isPending}
      error={<Refused error={remove.error} />}
      onCancel={close}
      onConfirm={() => name !== null && remove.mutate(name, { onSuccess: close })}
    >
      <p>It cannot be brought back. Calls that run keep it; the next ones do without.</p>
      {name !== null && <CopyCommand command={writeCommands.deleteSecret(install.extension, name)} />}
    </ConfirmDialog>
  );
}
