/** The secrets of all installs of the tenant that somebody has to do something about. */

import { Link, RelativeTime, StatusText, Table } from "@annex/ui-kit";
import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client.ts";
import { DUE, secretWords } from "../../secrets/secret-words.ts";
import { useSession } from "../../session/session-context.ts";
import { useTenantPath } from "../../session/use-tenant-path.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { Empty } from "../../states/empty.tsx";
import { Queried } from "../../states/queried.tsx";
import { Who } from "../../writing/who.tsx";

export default function SecretsDuePage() {
  const { tenant } = useSession();
  const tenantPath = useTenantPath();
  const query = useQuery({
    queryKey: ["tenant-secrets", DUE],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/secrets", { params: { query: { status: DUE } }, signal })),
  });
  return (
    <>
      <PageHead title="Secrets due" subtitle="What is overdue, withheld or expired, of every install." />
      <Queried query={query} what="secrets" permission="extension:read">
        {({ items }) => (
          <Table
            caption={`Secrets of ${tenant.name} that are due`}
            rows={items}
            rowKey={({ install_id, name }) => `${install_id} ${name}`}
            empty={<Empty title={`No secret of ${tenant.name} is overdue or expired.`} />}
            columns={[
              {
                key: "name",
                header: "Secret",
                cell: ({ extension, name }) => (
                  <Link href={tenantPath(`/extensions/${extension}/secrets`)}>
                    {name} of {extension}
                  </Link>
                ),
              },
              {
                key: "status",
                header: "Status",
                cell: ({ status }) => (
                  <StatusText tone={secretWords(status).tone}>{secretWords(status).text}</StatusText>
                ),
              },
              {
                key: "since",
                header: "Since",
                cell: (secret) => (
                  <RelativeTime value={secret.status === "expired" ? secret.expires_at : secret.overdue_at} />
                ),
              },
              { key: "set", header: "Set", cell: ({ set_at }) => <RelativeTime value={set_at} /> },
              { key: "by", header: "By", cell: ({ set_by }) => <Who principalId={set_by} /> },
            ]}
          />
        )}
      </Queried>
    </>
  );
}
