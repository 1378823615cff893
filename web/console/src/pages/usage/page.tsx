import { type Column, Empty, IdText, Link, Section, Select, Table } from "@annex/ui-kit";
import { useExtensionNames } from "../../installs/use-extension-names.ts";
import { quotaAmount } from "../../quotas/quota-use.ts";
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
        className="measure"
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
  const write = (amount: number) => quotaAmount(measure, amount);
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
        return <Link href={tenantPath(`/extensions/${name}/executions?range=30d`)}>{name}</Link>;
      },
    },
    { key: "share", header: "Share", align: "end", cell: ({ share }) => `${Math.round(share * 100)} %` },
    ...MEASURES.map(
      (measure): Column<Consumer> => ({
        key: measure,
        header: MEASURE_WORDS[measure],
        align: "end",
        cell: (one) => quotaAmount(measure, one[measure]),
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
