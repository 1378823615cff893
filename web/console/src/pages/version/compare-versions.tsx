import { Section, Select } from "@annex/ui-kit";
import { DifferenceGroups } from "../../consent/difference-groups.tsx";
import { ManifestDifference } from "../../consent/manifest-difference.tsx";
import { factsOf } from "../../consent/manifest-facts.ts";
import { differenceOf } from "../../consent/version-difference.ts";
import type { VersionDetail } from "../../installs/types.ts";
import { useVersion, useVersions } from "../../installs/use-versions.ts";
import { Queried } from "../../states/index.ts";
import { useUrlFilters } from "../../url-filters.ts";

/** What changes from another version to this one; the other is in the address. */
export function CompareVersions({ detail }: { detail: VersionDetail }) {
  const { values, set } = useUrlFilters(["from"]);
  const others = (useVersions().data ?? []).filter(({ version }) => version !== detail.version);
  if (others.length === 0) return null;
  const options = others.map(({ version }) => ({ value: version, label: version }));
  return (
    <Section title="Compare with another version">
      <Select
        label="The other version"
        placeholder="Choose a version"
        value={values.from}
        options={options}
        onChange={(version) => set("from", version)}
      />
      {values.from !== "" && <Difference from={values.from} detail={detail} />}
    </Section>
  );
}

function Difference({ from, detail }: { from: string; detail: VersionDetail }) {
  return (
    <Queried query={useVersion(from)} what={`version ${from}`}>
      {(before) => (
        <>
          <DifferenceGroups
            difference={differenceOf(
              factsOf(before.manifest, before.capabilities ?? []),
              factsOf(detail.manifest, detail.capabilities ?? []),
            )}
          />
          <ManifestDifference before={before} after={detail} />
        </>
      )}
    </Queried>
  );
}
