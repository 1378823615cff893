/** An installed extension as the list shows it: the install, what is published, and how it did. */

import type { InstallView } from "../installs/types.ts";
import { type Activity, type ExtensionState, severityOf, stateOf } from "./extension-state.ts";
import type { ExtensionRow } from "./use-catalogue.ts";

export interface InstalledRow {
  readonly extension: string;
  readonly publisher: string;
  readonly name: string;
  readonly version: string;
  /** The newest version published; null where it is not known. */
  readonly latest: string | null;
  readonly hasUpgrade: boolean;
  readonly state: ExtensionState;
  readonly activity: Activity | undefined;
}

export interface InstalledFilter {
  readonly q: string;
  readonly state: string;
  readonly publisher: string;
  readonly upgrade: string;
}

export function installedRows(
  installs: readonly InstallView[],
  rows: ReadonlyMap<string, ExtensionRow>,
  activities: readonly Activity[],
): InstalledRow[] {
  const byId = new Map(activities.map((activity) => [activity.extension_id, activity]));
  return installs
    .map((install): InstalledRow => {
      const activity = byId.get(install.extension_id);
      const latest = rows.get(install.extension)?.latest_version ?? null;
      const [publisher = "", name = ""] = install.extension.split("/");
      return {
        extension: install.extension,
        publisher,
        name,
        version: install.version,
        latest,
        hasUpgrade: latest !== null && latest !== install.version,
        state: stateOf(install, activity),
        activity,
      };
    })
    .sort(bySeverityThenName);
}

export function bySeverityThenName(one: InstalledRow, other: InstalledRow): number {
  return (
    severityOf(one.state) - severityOf(other.state) || one.extension.localeCompare(other.extension, "en")
  );
}

export function filteredRows(rows: readonly InstalledRow[], filter: InstalledFilter): InstalledRow[] {
  const wanted = filter.q.trim().toLowerCase();
  return rows.filter(
    (row) =>
      row.extension.includes(wanted) &&
      (filter.state === "" || row.state === filter.state) &&
      (filter.publisher === "" || row.publisher === filter.publisher) &&
      (filter.upgrade === "" || row.hasUpgrade),
  );
}

/** The filters as the end of a sentence: `state Failing and publisher acme`. */
export function filterWords(filter: InstalledFilter, stateWord: string): string {
  const words = [
    filter.q !== "" && `"${filter.q}"`,
    filter.state !== "" && `state ${stateWord}`,
    filter.publisher !== "" && `publisher ${filter.publisher}`,
    filter.upgrade !== "" && "has an upgrade",
  ].filter((word) => word !== false);
  return new Intl.ListFormat("en").format(words);
}
