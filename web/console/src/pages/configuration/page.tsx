/** What an install reads: a form from its manifest, with history and a way out of two people's changes. */

import { Alert, Button, Section, Stack, Text, useToast } from "@annex/ui-kit";
import { useState } from "react";
import { ApiError } from "../../api/api-error.ts";
import { writeCommands } from "../../commands/write-commands.ts";
import { type ConfigChange, configChanges } from "../../config-form/config-changes.ts";
import { ConfigDifference } from "../../config-form/config-difference.tsx";
import { ConfigEditor } from "../../config-form/config-editor.tsx";
import { refusedFields } from "../../config-form/refused-fields.ts";
import { useConfigForm } from "../../config-form/use-config-form.ts";
import { factsOf } from "../../consent/manifest-facts.ts";
import type { InstallView, VersionDetail } from "../../installs/types.ts";
import { useChangeInstall } from "../../installs/use-install-writes.ts";
import { useVersion } from "../../installs/use-versions.ts";
import { WithInstall } from "../../installs/with-install.tsx";
import { useCan } from "../../session/use-can.ts";
import { Queried } from "../../states/queried.tsx";
import { CopyCommand } from "../../writing/copy-command.tsx";
import { ReadOnlyNote } from "../../writing/read-only-note.tsx";
import { Refused } from "../../writing/refused.tsx";
import { ConfigConflict } from "./config-conflict.tsx";
import { ConfigHistory } from "./config-history.tsx";

const CHANGED_MEANWHILE = "INSTALL_CHANGED_MEANWHILE";

export default function ConfigurationPage() {
  return <WithInstall>{(install) => <OfVersion install={install} />}</WithInstall>;
}

function OfVersion({ install }: { install: InstallView }) {
  return (
    <Queried
      query={useVersion(install.version)}
      what={`version ${install.version}`}
      permission="extension:read"
    >
      {(detail) => <Edited key={install.version_id} install={install} detail={detail} />}
    </Queried>
  );
}

function Edited({ install, detail }: { install: InstallView; detail: VersionDetail }) {
  // What stood there when the form was opened: somebody else's save meanwhile is told apart by it.
  const [base, setBase] = useState(install);
  const mayWrite = useCan("extension:write");
  const schema = factsOf(detail.manifest).configSchema;
  const form = useConfigForm(schema, base.config);
  const [isTried, setIsTried] = useState(false);
  const change = useChangeInstall(install.install_id);
  const toast = useToast();
  const changes = configChanges(base.config, form.config);
  const isRight = Object.keys(form.problems).length === 0;
  const isConflict = change.error instanceof ApiError && change.error.code === CHANGED_MEANWHILE;
  const kept = (after: InstallView) => {
    setBase(after);
    setIsTried(false);
    form.replace(after.config);
    toast({ text: `The configuration of ${after.extension} is saved` });
  };
  const save = () => {
    setIsTried(true);
    if (isRight)
      change.mutate({ config: { ...form.config }, if_revision: base.revision }, { onSuccess: kept });
  };
  return (
    <Stack>
      <ReadOnlyNote permission="extension:write" />
      <Section title="Settings" description="Calls that run keep the older configuration.">
        {form.fields?.length === 0 ? (
          <p>It has no settings.</p>
        ) : (
          <ConfigEditor
            form={form}
            problems={isTried ? { ...form.problems, ...refusedFields(change.error) } : {}}
            isReadOnly={!mayWrite}
          />
        )}
        {isConflict ? (
          <ConfigConflict
            base={base}
            mine={form.config}
            onTake={(theirs, config) => {
              change.reset();
              setBase(theirs);
              form.replace(config);
            }}
          />
        ) : (
          <Refused error={change.error} />
        )}
        {mayWrite && changes.length > 0 && !isConflict && (
          <Save
            changes={changes}
            install={base}
            isBusy={change.isPending}
            onSave={save}
            onDiscard={() => form.replace(base.config)}
          />
        )}
        {isTried && !isRight && (
          <Alert tone="danger">Some settings do not fit. Each says below its field what is wrong.</Alert>
        )}
      </Section>
      <ConfigHistory install={install} mayWrite={mayWrite} onReverted={kept} />
    </Stack>
  );
}

interface SaveProps {
  readonly changes: readonly ConfigChange[];
  readonly install: InstallView;
  readonly isBusy: boolean;
  readonly onSave: () => void;
  readonly onDiscard: () => void;
}

/** What will change, before it does. */
function Save({ changes, install, isBusy, onSave, onDiscard }: SaveProps) {
  const set = changes.filter(({ kind }) => kind !== "removed");
  const removed = changes.filter(({ kind }) => kind === "removed").map(({ name }) => name);
  return (
    <Stack>
      <Text strong>{changes.length === 1 ? "One setting changes" : `${changes.length} settings change`}</Text>
      <ConfigDifference changes={changes} caption="Settings that change" />
      <Stack direction="row">
        <Button variant="primary" busy={isBusy} onClick={onSave}>
          Save
        </Button>
        <Button onClick={onDiscard}>Discard</Button>
        {set.length > 0 && (
          <CopyCommand
            command={writeCommands.setConfig(
              install.extension,
              Object.fromEntries(set.map(({ name, after }) => [name, after])),
              install.revision,
            )}
          />
        )}
        {set.length === 0 && (
          <CopyCommand command={writeCommands.unsetConfig(install.extension, removed, install.revision)} />
        )}
      </Stack>
    </Stack>
  );
}
