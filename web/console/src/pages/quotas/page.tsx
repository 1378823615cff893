/** How much of each quota is used, when it begins anew, what that means for calls, and who uses it. */

import { Link, Progress, RelativeTime, Section, Stack, Table } from "@annex/ui-kit";
import { useQueries } from "@tanstack/react-query";
import { CONTROLS, controlsAddress, readControls, useControls } from "../../controls/use-controls.ts";
import type { InstallView } from "../../installs/types.ts";
import { useInstalls } from "../../installs/use-installs.ts";
import {
  type Quota,
  type QuotaUse,
  quotaAmount,
  quotaName,
  quotaUse,
  type Used,
} from "../../quotas/quota-use.ts";
import { useUsed } from "../../quotas/use-used.ts";
import { useSession } from "../../session/session-context.ts";
import { useTenantPath } from "../../session/use-tenant-path.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { Empty } from "../../states/empty.tsx";
import { Queried } from "../../states/queried.tsx";

/** Quotas of this many extensions are read one by one. */
const MOST_EXTENSIONS = 50;

export default function QuotasPage() {
  const { tenant } = useSession();
  const tenantPath = useTenantPath();
  const controls = useControls({ kind: "own" });
  const month = useUsed("month");
  const day = useUsed("day");
  return (
    <>
      <PageHead
        title="Quotas"
        subtitle={`What ${tenant.name} used of what it may use, by day and month of UTC.`}
      />
      <Queried query={controls} what="quotas" permission="extension:read">
        {({ effective }) => (
          <Queried query={month} what="use of this month" permission="extension:read">
            {(ofMonth) => (
              <Queried query={day} what="use of today" permission="extension:read">
                {(ofDay) => <Bars quotas={effective?.quotas ?? []} ofDay={ofDay} ofMonth={ofMonth} />}
              </Queried>
            )}
          </Queried>
        )}
      </Queried>
      <p>
        Whoever holds extension:write lowers quotas under{" "}
        <Link href={tenantPath("/settings/controls")}>Controls</Link>; administrators of the platform raise
        them.
      </p>
    </>
  );
}

interface BarsProps {
  readonly quotas: readonly Quota[];
  readonly ofDay: readonly Used[];
  readonly ofMonth: readonly Used[];
}

function Bars({ quotas, ofDay, ofMonth }: BarsProps) {
  const rowsOf = (window: string) => (window === "month" ? ofMonth : ofDay);
  const now = new Date();
  const ofTenant = quotas
    .filter(({ scope }) => scope === "tenant")
    .map((quota) => quotaUse(quota, rowsOf(quota.window), now));
  return (
    <Stack>
      <Section title="Of the tenant">
        {ofTenant.length === 0 && <Empty title="No quota limits the tenant as a whole." />}
        {ofTenant.map((use) => (
          <QuotaBar key={quotaName(use.quota)} use={use} />
        ))}
      </Section>
      <Queried query={useInstalls()} what="installs" permission="extension:read">
        {(installs) => (
          <>
            <OfExtensions installs={installs.slice(0, MOST_EXTENSIONS)} ofDay={ofDay} ofMonth={ofMonth} />
            <TopConsumers installs={installs} ofMonth={ofMonth} />
          </>
        )}
      </Queried>
    </Stack>
  );
}

function QuotaBar({ use, name = quotaName(use.quota) }: { use: QuotaUse; name?: string }) {
  const { quota, used, level, words } = use;
  const tone = level === "full" ? "danger" : level === "near" ? "warning" : "info";
  return (
    <div className="quota" data-level={level}>
      <Progress
        label={name}
        value={Math.min(used, quota.limit)}
        max={Math.max(quota.limit, 1)}
        tone={tone}
        text={`${quotaAmount(quota.kind, used)} of ${quotaAmount(quota.kind, quota.limit)}`}
      />
      <p>
        {words}. It begins anew <RelativeTime value={use.resetsAt} />.
      </p>
    </div>
  );
}

interface OfExtensionsProps {
  readonly installs: readonly InstallView[];
  readonly ofDay: readonly Used[];
  readonly ofMonth: readonly Used[];
}

function OfExtensions({ installs, ofDay, ofMonth }: OfExtensionsProps) {
  const answers = useQueries({
    queries: installs.map(({ extension }) => ({
      queryKey: [CONTROLS, controlsAddress({ kind: "own-extension", extension })],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        readControls({ kind: "own-extension", extension }, signal),
    })),
  });
  const now = new Date();
  const bars = installs.flatMap((install, place) => {
    const quotas = answers[place]?.data?.effective?.quotas ?? [];
    return quotas
      .filter(({ scope }) => scope === "extension")
      .map((quota) => {
        const rows = (quota.window === "month" ? ofMonth : ofDay).filter(
          ({ extension_id }) => extension_id === install.extension_id,
        );
        return { name: `${install.extension}: ${quotaName(quota)}`, use: quotaUse(quota, rows, now) };
      });
  });
  if (bars.length === 0) return null;
  return (
    <Section title="Of each extension">
      {bars
        .sort((one, other) => other.use.share - one.use.share)
        .map(({ name, use }) => (
          <QuotaBar key={name} name={name} use={use} />
        ))}
    </Section>
  );
}

function TopConsumers({ installs, ofMonth }: { installs: readonly InstallView[]; ofMonth: readonly Used[] }) {
  const tenantPath = useTenantPath();
  const names = new Map(installs.map(({ extension_id, extension }) => [extension_id, extension]));
  const rows = [...ofMonth].sort((one, other) => other.invocations - one.invocations).slice(0, 10);
  return (
    <Section title="Who used most this month">
      <Table
        caption="Extensions by calls this month"
        rows={rows}
        rowKey={({ extension_id, window_start }) => `${extension_id} ${window_start}`}
        empty={<p>Nothing has run this month.</p>}
        columns={[
          {
            key: "extension",
            header: "Extension",
            cell: ({ extension_id }) => {
              const name = names.get(extension_id);
              return name === undefined ? (
                "uninstalled since"
              ) : (
                <Link href={tenantPath(`/extensions/${name}/controls`)}>{name}</Link>
              );
            },
          },
          ...(["invocations", "cpu_ms", "mem_mb_ms", "egress_bytes"] as const).map((kind) => ({
            key: kind,
            header: quotaName({ scope: "", kind, window: "", limit: 0 }).replace(" per ", ""),
            align: "end" as const,
            cell: (row: Used) => quotaAmount(kind, row[kind]),
          })),
        ]}
      />
    </Section>
  );
}
