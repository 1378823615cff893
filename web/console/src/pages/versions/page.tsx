import { Checkbox, DataTable, Section, StringsProvider } from "@annex/ui-kit";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { ApiError } from "../../api/api-error.ts";
import type { VersionRow } from "../../installs/types.ts";
import { useProofBadges } from "../../proofs/use-proof-badges.ts";
import { useCan } from "../../session/use-can.ts";
import { useExtension } from "../../shell/extension-context.ts";
import { Empty, EmptyByFilter, Failed, NoPermission, StaleBanner } from "../../states/index.ts";
import { useUrlFilters } from "../../url-filters.ts";
import { factsOfRow } from "../../versions/facts-of-row.ts";
import { useVersionList } from "../../versions/use-version-list.ts";
import { VerifiedList } from "../../versions/verified-list.tsx";
import { versionColumns } from "../../versions/version-columns.tsx";

const PART = 50;
const FORBIDDEN = "You can see this extension but not its versions.";
const WORDS = { newRows: (count: number) => (count === 1 ? "1 new version" : `${count} new versions`) };

export default function VersionsPage() {
  const { publisher, name, extension, path } = useExtension();
  const { list, newest, parts } = useVersionList(publisher, name);
  const { values, set, clear } = useUrlFilters(["only"]);
  const queries = useQueryClient();
  const all = parts?.rows ?? [];
  const rows = values.only === "withdrawn" ? all.filter(isWithdrawn) : all;
  const columns = useColumns(extension, rows, (version) => path(`/versions/${encodeURIComponent(version)}`));
  const error = list.error ?? newest.error;
  if (error instanceof ApiError && error.status === 403) {
    return <NoPermission permission="extension:read" sentence={FORBIDDEN} />;
  }
  const showFresh = () => void queries.resetQueries({ queryKey: ["versions", publisher, name] });
  const retry = () => void (list.isError ? list.refetch() : newest.refetch());
  return (
    <Section title="Versions" actions={<WithdrawnOnly isOnly={values.only === "withdrawn"} set={set} />}>
      {error !== null && all.length > 0 && (
        <StaleBanner shownAsOf={newest.dataUpdatedAt || list.dataUpdatedAt} error={error} retry={retry} />
      )}
      <StringsProvider strings={WORDS}>
        <DataTable<VersionRow>
          caption={`Versions of ${extension}, newest first`}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.version_id}
          status={list.isError ? "failed" : list.isPending ? "loading" : "ready"}
          loading="columns"
          failed={<Failed error={list.error} retry={retry} title="The versions could not be loaded" />}
          empty={all.length > 0 ? <NoneWithdrawn clear={clear} /> : <NoVersions publisher={publisher} />}
          total={null}
          fresh={{ count: parts?.fresh ?? 0, onShow: showFresh }}
          {...(list.hasNextPage && {
            more: { count: PART, onLoad: () => void list.fetchNextPage(), busy: list.isFetchingNextPage },
          })}
        />
      </StringsProvider>
      {all.length > 0 && !list.hasNextPage && <VerifiedList extension={extension} count={all.length} />}
    </Section>
  );
}

function useColumns(extension: string, rows: readonly VersionRow[], addressOf: (version: string) => string) {
  const badges = useProofBadges(rows.map((row) => factsOfRow(extension, row)));
  return useMemo(() => {
    const byVersion = rows.flatMap((row, at) => {
      const badge = badges[at];
      return badge === undefined ? [] : [[row.version_id, badge] as const];
    });
    return versionColumns({ addressOf, badges: new Map(byVersion) });
  }, [rows, badges, addressOf]);
}

function isWithdrawn({ status }: VersionRow): boolean {
  return status === "yanked" || status === "deprecated" || status === "blocked";
}

function WithdrawnOnly(props: { isOnly: boolean; set: (name: "only", value: string) => void }) {
  return (
    <Checkbox
      label="Only yanked or deprecated"
      checked={props.isOnly}
      onChange={(isOnly) => props.set("only", isOnly ? "withdrawn" : "")}
    />
  );
}

function NoneWithdrawn({ clear }: { clear: () => void }) {
  return <EmptyByFilter sentence="None of the versions shown is yanked or deprecated." clear={clear} />;
}

function NoVersions({ publisher }: { publisher: string }) {
  const mayPublish = useCan("extension:publish");
  return (
    <Empty title="No versions published yet.">
      <p>When {publisher} publishes one, it appears here within seconds and stays for ever.</p>
      {mayPublish && (
        <p>
          Publish one with <code className="annex-code">annex publish</code>.
        </p>
      )}
    </Empty>
  );
}
