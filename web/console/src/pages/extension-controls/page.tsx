/** Rates, quotas, limits and hosts of one extension in the tenant. */

import { Switch } from "@annex/ui-kit";
import { useState } from "react";
import type { ControlsPlace } from "../../commands/write-commands.ts";
import { ControlsEditor } from "../../controls/controls-editor.tsx";
import { WithInstall } from "../../installs/with-install.tsx";
import { useSession } from "../../session/session-context.ts";
import { useCan } from "../../session/use-can.ts";
import { ReadOnlyNote } from "../../writing/read-only-note.tsx";

export default function ExtensionControlsPage() {
  return <WithInstall>{({ extension }) => <OfExtension extension={extension} />}</WithInstall>;
}

function OfExtension({ extension }: { extension: string }) {
  const { tenant } = useSession();
  const isPlatform = useCan("platform:admin");
  const mayWrite = useCan("extension:write");
  const [isPlatformsWord, setIsPlatformsWord] = useState(false);
  const place: ControlsPlace = isPlatformsWord
    ? { kind: "tenant-extension", extension, tenantId: tenant.id }
    : { kind: "own-extension", extension };
  return (
    <>
      {isPlatform && (
        <Switch
          label="The platform's word instead of the tenant's own"
          checked={isPlatformsWord}
          onChange={setIsPlatformsWord}
        />
      )}
      {!isPlatformsWord && <ReadOnlyNote permission="extension:write" />}
      <ControlsEditor
        key={place.kind}
        place={place}
        whose={`${extension} in ${tenant.name}`}
        isReadOnly={!isPlatformsWord && !mayWrite}
      />
    </>
  );
}
