/** The tenant's API keys: narrow, ending, shown once. */

import {
  Badge,
  Button,
  ConfirmDialog,
  RelativeTime,
  Select,
  Stack,
  StatusText,
  Table,
  Text,
} from "@annex/ui-kit";
import { useState } from "react";
import { CreateKeyDialog } from "../../api-keys/create-key-dialog.tsx";
import { hasOlderSecret, keyState } from "../../api-keys/key-state.ts";
import { recentUse } from "../../api-keys/recent-use.ts";
import { ShownOnce } from "../../api-keys/shown-once.tsx";
import {
  type ApiKey,
  type IssuedKey,
  useApiKeys,
  useRecentUse,
  useRevokeKey,
  useRotateKey,
} from "../../api-keys/use-api-keys.ts";
import { useSession } from "../../session/session-context.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { Empty } from "../../states/empty.tsx";
import { Failed } from "../../states/failed.tsx";
import { Loading } from "../../states/loading.tsx";
import { Refused } from "../../writing/refused.tsx";

export default function ApiKeysPage() {
  const { tenant } = useSession();
  const keys = useApiKeys();
  const [isCreating, setIsCreating] = useState(false);
  const [issued, setIssued] = useState<IssuedKey | null>(null);
  const [rotated, setRotated] = useState<ApiKey | null>(null);
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  return (
    <>
      <PageHead
        title="API keys"
        subtitle={`What programs call ${tenant.name} with.`}
        actions={
          <Button variant="primary" onClick={() => setIsCreating(true)}>
            Create an API key
          </Button>
        }
      />
      {keys.data === undefined && keys.isError && (
        <Failed error={keys.error} retry={() => void keys.refetch()} title="Cannot show API keys" />
      )}
      {keys.data === undefined && !keys.isError && <Loading what="API keys" />}
      {keys.data && (
        <KeyTable
          items={keys.data.pages.flatMap(({ items }) => items)}
          onRotate={setRotated}
          onRevoke={setRevoked}
        />
      )}
      {keys.hasNextPage && (
        <Button busy={keys.isFetchingNextPage} onClick={() => void keys.fetchNextPage()}>
          Load 100 more
        </Button>
      )}
      <CreateKeyDialog isOpen={isCreating} onClose={() => setIsCreating(false)} onIssued={setIssued} />
      <RotateKey
        apiKey={rotated}
        onClose={() => setRotated(null)}
        onIssued={(next) => {
          setRotated(null);
          setIssued(next);
        }}
      />
      <RevokeKey apiKey={revoked} onClose={() => setRevoked(null)} />
      <ShownOnce issued={issued} onClose={() => setIssued(null)} />
    </>
  );
}

interface KeyTableProps {
  readonly items: readonly ApiKey[];
  readonly onRotate: (key: ApiKey) => void;
  readonly onRevoke: (key: ApiKey) => void;
}

function KeyTable({ items, onRotate, onRevoke }: KeyTableProps) {
  const now = new Date();
  return (
    <Table
      caption="API keys of the tenant"
      rows={items}
      rowKey={({ key_id }) => key_id}
      empty={<Empty title="No API keys yet. Create one for each program, as narrow as it can be." />}
      columns={[
        { key: "name", header: "Name", cell: ({ name }) => name },
        { key: "prefix", header: "Prefix", cell: ({ key_id }) => <code>annex_{key_id}_…</code> },
        {
          key: "state",
          header: "State",
          cell: (key) => {
            const { text, tone } = keyState(key, now);
            return (
              <>
                <StatusText tone={tone}>{text}</StatusText>
                {hasOlderSecret(key, now) && <Badge tone="warning">older secret opens too</Badge>}
              </>
            );
          },
        },
        { key: "scopes", header: "May", cell: ({ permissions }) => permissions.join(", ") },
        { key: "created", header: "Created", cell: ({ created_at }) => <RelativeTime value={created_at} /> },
        { key: "used", header: "Last used", cell: ({ last_used }) => <RelativeTime value={last_used} /> },
        { key: "ends", header: "Expires", cell: ({ expires_at }) => <RelativeTime value={expires_at} /> },
        {
          key: "actions",
          header: "Actions",
          cell: (key) =>
            keyState(key, now).isOpen && (
              <Stack direction="row" gap={1}>
                <Button
                  size="small"
                  aria-label={`Rotate ${key.name} ${key.key_id}`}
                  onClick={() => onRotate(key)}
                >
                  Rotate
                </Button>
                <Button
                  size="small"
                  aria-label={`Revoke ${key.name} ${key.key_id}`}
                  onClick={() => onRevoke(key)}
                >
                  Revoke
                </Button>
              </Stack>
            ),
        },
      ]}
    />
  );
}

const OVERLAPS = [
  { value: "0", label: "at once" },
  { value: "3600", label: "in an hour" },
  { value: "86400", label: "in a day" },
  { value: "604800", label: "in a week" },
];

interface RotateProps {
  readonly apiKey: ApiKey | null;
  readonly onClose: () => void;
  readonly onIssued: (issued: IssuedKey) => void;
}

function RotateKey({ apiKey, onClose, onIssued }: RotateProps) {
  const [overlap, setOverlap] = useState("86400");
  const rotate = useRotateKey();
  const close = () => {
    rotate.reset();
    onClose();
  };
  const confirm = () =>
    apiKey !== null &&
    rotate.mutate(
      { keyId: apiKey.key_id, overlapSeconds: Number(overlap) },
      {
        onSuccess: (issued) => {
          rotate.reset();
          onIssued(issued);
        },
      },
    );
  return (
    <ConfirmDialog
      open={apiKey !== null}
      title={`Give ${apiKey?.name ?? ""} a new secret?`}
      verb="Rotate"
      busy={rotate.isPending}
      error={<Refused error={rotate.error} />}
      onCancel={close}
      onConfirm={confirm}
    >
      <Select label="The old secret ends" options={OVERLAPS} value={overlap} onChange={setOverlap} />
    </ConfirmDialog>
  );
}

function RevokeKey({ apiKey, onClose }: { apiKey: ApiKey | null; onClose: () => void }) {
  const revoke = useRevokeKey();
  const close = () => {
    revoke.reset();
    onClose();
  };
  return (
    <ConfirmDialog
      open={apiKey !== null}
      danger
      title={`Revoke ${apiKey?.name ?? ""}?`}
      verb="Revoke"
      busy={revoke.isPending}
      error={<Refused error={revoke.error} />}
      onCancel={close}
      onConfirm={() => apiKey !== null && revoke.mutate(apiKey.key_id, { onSuccess: close })}
    >
      <Text>
        It opens nothing any more, at once, and cannot be brought back. Sessions made of it end, too.
      </Text>
      {apiKey !== null && <RecentUse apiKey={apiKey} />}
    </ConfirmDialog>
  );
}

function RecentUse({ apiKey }: { apiKey: ApiKey }) {
  const recent = useRecentUse(apiKey.principal_id);
  return (
    <>
      <Text>
        {apiKey.last_used === null ? (
          "The key was never used."
        ) : (
          <>
            The key was last used <RelativeTime value={apiKey.last_used} plain /> or in the hour after.
          </>
        )}
      </Text>
      {recent.data && <Text>{recentUse(recent.data.items, recent.data.next_cursor !== null)}</Text>}
      {recent.isError && <Text>What ran in the last 24 hours cannot be shown now.</Text>}
    </>
  );
}
