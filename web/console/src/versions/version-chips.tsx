import { Badge, HashText, Popover } from "@annex/ui-kit";
import type { VersionRow } from "../installs/types.ts";
import type { ProofBadge } from "../proofs/badge.ts";

const TONES = { deprecated: "warning", yanked: "warning", blocked: "danger" } as const;

/** What was said of a version since, whether it is a pre-release, and how many bundles it has. */
export function VersionChips({ row, proof }: { row: VersionRow; proof: ProofBadge | undefined }) {
  const { status } = row;
  const isSaid = status === "deprecated" || status === "yanked" || status === "blocked";
  return (
    <>
      {isSaid && <Badge tone={TONES[status]}>{status}</Badge>}
      {isPreRelease(row.version) && <Badge>pre-release</Badge>}
      {row.bundle_count > 1 && <Bundles row={row} hashes={proof?.bundles ?? []} />}
    </>
  );
}

export function isPreRelease(version: string): boolean {
  return /^\d+\.\d+\.\d+-/.test(version);
}

function Bundles({ row, hashes }: { row: VersionRow; hashes: readonly string[] }) {
  const count = `${row.bundle_count} bundles`;
  return (
    <Popover variant="quiet" size="small" trigger={<Badge tone="info">{count}</Badge>} label={count}>
      <p>
        {row.version} was imported with {count}. The newest of them is the one shown here and served; the
        others are kept.
      </p>
      {hashes.length === 0 ? (
        <HashText value={row.content_hash} />
      ) : (
        <ol>
          {hashes.map((hash) => (
            <li key={hash}>
              <HashText value={hash} /> {hash === row.content_hash && "served"}
            </li>
          ))}
        </ol>
      )}
    </Popover>
  );
}
