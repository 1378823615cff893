/** Which version somebody is offered: the newest that takes installs, and never an older one as an upgrade. */

import type { VersionRow } from "./types.ts";

export function takesInstalls(row: VersionRow): boolean {
  return row.status !== "yanked" && row.status !== "blocked";
}

/** `rows` stand newest first, as the platform lists them. */
export function newestVersion(rows: readonly VersionRow[]): VersionRow | null {
  return rows.find(takesInstalls) ?? null;
}

/** Versions that come after the installed one and take installs, newest first. */
export function newerVersions(rows: readonly VersionRow[], installedId: string): readonly VersionRow[] {
  const place = rows.findIndex((row) => row.version_id === installedId);
  return rows.slice(0, place === -1 ? rows.length : place).filter(takesInstalls);
}
