/** Two versions' manifests line by line, folded away until somebody wants to read them. */

import { Accordion, DiffView } from "@annex/ui-kit";
import type { VersionDetail } from "../installs/types.ts";

export function ManifestDifference({ before, after }: { before: VersionDetail; after: VersionDetail }) {
  if (before.manifest === null || after.manifest === null) return null;
  const view = (
    <DiffView
      label={`Manifest of ${before.version} and ${after.version}`}
      before={json(before.manifest)}
      after={json(after.manifest)}
      beforeName={before.version}
      afterName={after.version}
    />
  );
  return <Accordion items={[{ id: "manifest", title: "Manifest, line by line", content: view }]} />;
}

function json(manifest: unknown): string {
  return JSON.stringify(manifest, null, 2);
}
