import { type Column, HashText, Link, RelativeTime } from "@annex/ui-kit";
import type { VersionRow } from "../installs/types.ts";
import type { ProofBadge } from "../proofs/badge.ts";
import { ProofMark } from "../proofs/proof-mark.tsx";
import { VersionChips } from "./version-chips.tsx";

export interface VersionColumnsNeed {
  readonly addressOf: (version: string) => string;
  readonly badges: ReadonlyMap<string, ProofBadge>;
}

/** The four columns of the list; nothing in them changes a version. */
export function versionColumns({ addressOf, badges }: VersionColumnsNeed): readonly Column<VersionRow>[] {
  return [
    {
      key: "version",
      header: "Version",
      text: (row) => row.version,
      cell: (row) => {
        const badge = badges.get(row.version_id);
        return (
          <span className="chips">
            <Link href={addressOf(row.version)}>{row.version}</Link>
            <VersionChips row={row} proof={badge} />
            {badge && <ProofMark badge={badge} />}
          </span>
        );
      },
    },
    {
      key: "published",
      header: "Published",
      text: (row) => row.published_at,
      cell: (row) => <RelativeTime value={row.published_at} first="absolute" />,
    },
    {
      key: "content_hash",
      header: "Content hash",
      text: (row) => row.content_hash,
      cell: (row) => <HashText value={row.content_hash} />,
    },
    {
      key: "installed",
      header: "Installed",
      text: (row) => (row.installed ? "Installed" : ""),
      cell: (row) => (row.installed ? "Installed" : <span className="annex-hidden">not installed</span>),
    },
  ];
}
