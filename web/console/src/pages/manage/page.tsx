/** Switches an install on and off, pins it, moves it between versions, removes it. */

import {
  Badge,
  Button,
  ConfirmDialog,
  KeyValue,
  LinkButton,
  RelativeTime,
  Section,
  Stack,
  Switch,
  useToast,
} from "@annex/ui-kit";
import { useState } from "react";
import type { AnnexCommand } from "../../commands/annex-command.ts";
import { writeCommands } from "../../commands/write-commands.ts";
import { type SentenceName, sentence } from "../../consent/sentence.ts";
import type { ChangeInstall, InstallView } from "../../installs/types.ts";
import { useChangeInstall, useUninstall } from "../../installs/use-install-writes.ts";
import { WithInstall } from "../../installs/with-install.tsx";
import { useSession } from "../../session/session-context.ts";
import { useCan } from "../../session/use-can.ts";
import { useExtension } from "../../shell/extension-context.ts";
import { CopyCommand } from "../../writing/copy-command.tsx";
import { ReadOnlyNote } from "../../writing/read-only-note.tsx";
import { Refused } from "../../writing/refused.tsx";

export default function ManagePage() {
  return <WithInstall>{(install) => <Manage install={install} />}</WithInstall>;
}

function Manage({ install }: { install: InstallView }) {
  const { path } = useExtension();
  const mayWrite = useCan("extension:write");
  return (
    <Stack>
      <ReadOnlyNote permission="extension:write" />
      <Section title="State">
        <KeyValue
          items={[
            { label: "Version", value: install.version },
            { label: "Installed", value: <RelativeTime value={install.created_at} /> },
            { label: "Last change", value: <RelativeTime value={install.updated_at} /> },
            { label: "Revision", value: install.revision },
          ]}
        />
        <Enabled install={install} isReadOnly={!mayWrite} />
        <Pinned install={install} isReadOnly={!mayWrite} />
      </Section>
      {mayWrite && (
        <Section title="Version" description="The present version keeps running until you decide.">
          <Stack direction="row">
            <LinkButton href={path("/upgrade")}>Upgrade</LinkButton>
            <LinkButton href={path("/rollback")}>Roll back</LinkButton>
          </Stack>
        </Section>
      )}
      {mayWrite && <Uninstall install={install} />}
    </Stack>
  );
}

interface SwitchedProps {
  readonly install: InstallView;
  readonly isReadOnly: boolean;
}

function Enabled({ install, isReadOnly }: SwitchedProps) {
  return (
    <Switched
      install={install}
      isReadOnly={isReadOnly}
      label="Enabled"
      hint="Off: calls, schedules and events of it are refused. Nothing is lost."
      isOn={install.is_enabled}
      change={(isOn) => ({ is_enabled: isOn })}
      sentenceOf={(isOn) => (isOn ? "enabled" : "disabled")}
      command={
        install.is_enabled
          ? writeCommands.disable(install.extension)
          : writeCommands.enable(install.extension)
      }
    />
  );
}

function Pinned({ install, isReadOnly }: SwitchedProps) {
  return (
    <Switched
      install={install}
      isReadOnly={isReadOnly}
      label={install.is_pinned ? `Pinned to ${install.version}` : "Pin this version"}
      hint="Upgrades and rollbacks are refused while it is on."
      isOn={install.is_pinned}
      change={(isOn) => ({ is_pinned: isOn })}
      sentenceOf={(isOn) => (isOn ? "pinned" : "unpinned")}
      command={
        install.is_pinned ? writeCommands.unpin(install.extension) : writeCommands.pin(install.extension)
      }
    />
  );
}

interface OneSwitch extends SwitchedProps {
  readonly label: string;
  readonly hint: string;
  readonly isOn: boolean;
  readonly change: (isOn: boolean) => ChangeInstall;
  readonly sentenceOf: (isOn: boolean) => SentenceName;
  /** Of the change that a press makes. */
  readonly command: AnnexCommand;
}

/** Reversible, so it is done at once and can be taken back for ten seconds. */
function Switched(props: OneSwitch) {
  const { install, isOn, change, sentenceOf } = props;
  const write = useChangeInstall(install.install_id);
  const toast = useToast();
  const turn = (to: boolean, isUndo = false) =>
    write.mutate(change(to), {
      onSuccess: (after) =>
        toast({
          text: sentence(sentenceOf(to), { extension: after.extension, version: after.version }),
          ...(isUndo ? {} : { action: { label: "Undo", onAction: () => turn(!to, true) } }),
        }),
    });
  return (
    <Stack gap={1}>
      <Switch
        label={props.label}
        hint={props.hint}
        checked={isOn}
        disabled={props.isReadOnly || write.isPending}
        onChange={(to) => turn(to)}
      />
      <Refused error={write.error} />
      {!props.isReadOnly && <CopyCommand command={props.command} />}
    </Stack>
  );
}

function Uninstall({ install }: { install: InstallView }) {
  const { tenant } = useSession();
  const [isAsking, setIsAsking] = useState(false);
  const uninstall = useUninstall(install.install_id);
  const name = install.extension;
  return (
    <Section
      title="Uninstall"
      description={sentence("lost_with_uninstall", {
        settings: Object.keys(install.config).length,
        secrets: install.secret_names.length,
      })}
    >
      <Stack direction="row">
        <Button variant="danger" onClick={() => setIsAsking(true)}>
          Uninstall {name}
        </Button>
        <CopyCommand command={writeCommands.uninstall(name)} />
      </Stack>
      <ConfirmDialog
        open={isAsking}
        danger
        title={`Uninstall ${name} from ${tenant.name}?`}
        verb="Uninstall"
        typeToConfirm={name}
        busy={uninstall.isPending}
        error={<Refused error={uninstall.error} />}
        onCancel={() => setIsAsking(false)}
        onConfirm={() => uninstall.mutate()}
      >
        <p>
          {sentence("lost_with_uninstall", {
            settings: Object.keys(install.config).length,
            secrets: install.secret_names.length,
          })}{" "}
          Its schedules and deliveries stop now. What it stored is kept for the platform's grace time; an
          install made within it finds it again.
        </p>
        {!install.is_enabled && <Badge>disabled</Badge>}
      </ConfirmDialog>
    </Section>
  );
}
