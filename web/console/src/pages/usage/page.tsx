import {
  type Column,
  Empty,
  formatBytes,
  formatDuration,
  IdText,
  Section,
  Select,
  Table,
} from "@annex/ui-kit";
import { Link } from "react-router";
import { useExtensionNames } from "../../installs/use-extension-names.ts";
import { useTenantPath } from "../../session/use-tenant-path.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { Queried } from "../../states/queried.tsx";
import { useUrlFilters } from "../../url-filters.ts";
import { DayChart } from "../../usage/day-chart.tsx";
import {
  byDay,
  byExtension,
  type Consumer,
  type DayOfUse,
  MEASURE_WORDS,
  MEASURES,
  type Measure,
  type UsageRow,
} from "../../usage/usage-sums.ts";
import { useUsage } from "../../usage/use-usage.ts";

/** What extensions used in the last 30 days, and which of them the most. */
export default function UsagePage() {
  const { values, set } = useUrlFilters(["measure"]);
  const measure = MEASURES.find((one) => one === values.measure) ?? "invocations";
  const query = useUsage();
  return (
    <>
      <PageHead title="Usage" subtitle="The last 30 days, in UTC: what quotas count." />
      <Select
        label="Measure"
        value={measure}
        onChange={(value) => set("measure", value === "invocations" ? "" : value)}
        options={MEASURES.map((value) => ({ value, label: MEASURE_WORDS[value] }))}
      />
      <Queried query={query} what="usage" permission="extension:read">
        {({ rows, days, isPartial }) =>
          rows.length === 0 ? (
            <Empty>Nothing ran in the last 30 days. Call an endpoint, and what it used stands here.</Empty>
          ) : (
            <>
              {isPartial && <p>There is more than fits here: the oldest days are not complete.</p>}
              <Sums rows={rows} days={days} measure={measure} />
            </>
          )
        }
      </Queried>
    </>
  );
}

function Sums({
  rows,
  days,
  measure,
}: {
  rows: readonly UsageRow[];
  days: readonly string[];
  measure: Measure;
}) {
  const daily = byDay(rows, measure, days);
  const write = (amount: number) => amountOf(measure, amount);
  return (
    <>
      <Section title={`${MEASURE_WORDS[measure]} by day`} card>
        <DayChart
          days={daily}
          label={`${MEASURE_WORDS[measure]} of the last 30 days; the table has the figures`}
          write={write}
        />
        <details>
          <summary>Figures of each day</summary>
          <Table
            caption={`${MEASURE_WORDS[measure]} by day, in UTC`}
            columns={dayColumns(write)}
            rows={daily.toReversed()}
            rowKey={({ day }) => day}
          />
        </details>
      </Section>
      <Section title="By extension, the most first">
        <Consumers consumers={byExtension(rows, measure)} />
      </Section>
    </>
  );
}

function Consumers({ consumers }: { consumers: readonly Consumer[] }) {
  const nameOf = useExtensionNames();
  const tenantPath = useTenantPath();
  const columns: Column<Consumer>[] = [
    {
      key: "extension",
      header: "Extension",
      cell: ({ extensionId }) => {
        const name = nameOf(extensionId);
        if (name === null) return <IdText value={extensionId} what="extension id" />;
        return <Link to={tenantPath(`/extensions/${name}/executions?range=30d`)}>{name}</Link>;
      },
    },
    { key: "share", header: "Share", align: "end", cell: ({ share }) => `${Math.round(share * 100)} %` },
    ...MEASURES.map(
      (measure): Column<Consumer> => ({
        key: measure,
        header: MEASURE_WORDS[measure],
        align: "end",
        cell: (one) => amountOf(measure, one[measure]),
      }),
    ),
  ];
  return (
    <Table
      caption="Use by extension, the most first"
      columns={columns}
      rows={consumers}
      rowKey={({ extensionId }) => extensionId}
    />
  );
}

function dayColumns(write: (amount: number) => string): Column<DayOfUse>[] {
  return [
    { key: "day", header: "Day", cell: ({ day }) => <time dateTime={day}>{day}</time> },
    { key: "amount", header: "Used", align: "end", cell: ({ amount }) => write(amount) },
  ];
}

const MIB_MS_OF_A_GIB_S = 1024 * 1000;

function amountOf(measure: Measure, amount: number): string {
  switch (measure) {
    case "invocations":
      return amount.toLocaleString("en-GB");
    case "cpu_ms":
      return formatDuration(amount);
    case "mem_mb_ms":
      return `${(amount / MIB_MS_OF_A_GIB_S).toLocaleString("en-GB", { maximumSignificantDigits: 3 })} GiB·s`;
    case "egress_bytes":
      return formatBytes(amount);
  }
}
