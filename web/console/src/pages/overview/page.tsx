import { Alert, Code, Duration, KeyValue, Link, RelativeTime, Section, Table } from "@annex/ui-kit";
import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client.ts";
import type { components } from "../../api/schema.d.ts";
import { CapabilitySentences } from "../../extensions/capability-sentences.tsx";
import { EndpointTable } from "../../extensions/endpoint-table.tsx";
import { useExtensionRow } from "../../extensions/use-catalogue.ts";
import { useInstall } from "../../installs/use-installs.ts";
import { useVersion } from "../../installs/use-versions.ts";
import { REFRESH_MS } from "../../queries.ts";
import { useExtension } from "../../shell/extension-context.ts";
import { Queried } from "../../states/index.ts";
import { HourBars } from "./hour-bars.tsx";

type Health = components["schemas"]["HealthView"];
type FailureCode = components["schemas"]["FailureCodeView"];

export default function OverviewPage() {
  const { publisher, name } = useExtension();
  return (
    <Queried
      query={useExtensionRow(publisher, name)}
      what={`${publisher}/${name}`}
      permission="extension:read"
    >
      {(row) => (
        <>
          <HealthSection extensionId={row.extension_id} />
          <Rights latest={row.latest_version} />
        </>
      )}
    </Queried>
  );
}

/** Of the installed version, or else of the newest. */
function Rights({ latest }: { latest: string }) {
  const install = useInstall();
  const version = install.isPending ? null : (install.data?.install?.version ?? latest);
  return (
    <Queried query={useVersion(version)} what="what it may do">
      {(detail) => (
        <>
          <Section title="What it may do" description={`As version ${detail.version} asks for it.`}>
            <CapabilitySentences capabilities={detail.capabilities} />
          </Section>
          <EndpointTable endpoints={detail.endpoints} />
        </>
      )}
    </Queried>
  );
}

function HealthSection({ extensionId }: { extensionId: string }) {
  const query = useQuery({
    queryKey: ["health", extensionId],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/console/health", { params: { query: { extension_id: extensionId } }, signal }),
      ),
    refetchInterval: REFRESH_MS,
  });
  return (
    <Section title="Last 24 hours">
      <Queried query={query} what="how it did lately">
        {(health) => (health.runs === 0 ? <p>Nothing has run.</p> : <HealthFacts health={health} />)}
      </Queried>
    </Section>
  );
}

function HealthFacts({ health }: { health: Health }) {
  const rate = `${((100 * health.failures) / health.runs).toFixed(1)} %`;
  return (
    <>
      {health.is_partial && <Alert announce="none">These are the newest runs; there were more.</Alert>}
      <KeyValue
        items={[
          { label: "Runs", value: health.runs.toLocaleString("en") },
          { label: "Failed", value: `${health.failures.toLocaleString("en")} (${rate})` },
          { label: "95 % ended within", value: health.p95_ms !== null && <Duration ms={health.p95_ms} /> },
        ]}
      />
      <HourBars health={health} />
      {health.codes.length > 0 && <Failures codes={health.codes} />}
    </>
  );
}

function Failures({ codes }: { codes: readonly FailureCode[] }) {
  const { path } = useExtension();
  return (
    <Table<FailureCode>
      caption="Last failures by code"
      showCaption
      rows={codes}
      rowKey={({ code }) => code}
      columns={[
        {
          key: "code",
          header: "Code",
          cell: ({ code }) => (
            <Link href={path(`/executions?code=${encodeURIComponent(code)}`)}>
              <Code>{code}</Code>
            </Link>
          ),
        },
        { key: "count", header: "Failures", align: "end", cell: ({ failures }) => failures },
        {
          key: "last",
          header: "Last",
          cell: ({ last_started_at }) => <RelativeTime value={last_started_at} />,
        },
      ]}
    />
  );
}
