import { useVersion } from "../installs/use-versions.ts";
import { useExtension } from "../shell/extension-context.ts";
import { factsOfRow } from "../versions/facts-of-row.ts";
import { reasonAgainst } from "./reason-against.ts";
import { useProofBadge } from "./use-proof-badges.ts";

/** Says why a version of the extension shown may not be installed; null while nothing is known against it. */
export function useReasonAgainst(version: string | null): string | null {
  const { extension } = useExtension();
  const detail = useVersion(version).data;
  const badge = useProofBadge(detail ? factsOfRow(extension, detail) : null);
  return detail ? reasonAgainst(detail.version, badge) : null;
}
