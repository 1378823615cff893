/** Returns an install to a version it ran, and shows before that what comes back. */

import { Alert, Button, Code, LinkButton, RadioGroup, Section, Stack, Switch } from "@annex/ui-kit";
import { useState } from "react";
import { writeCommands } from "../../commands/write-commands.ts";
import { ConfigDifference } from "../../config-form/config-difference.tsx";
import { shortName, wordsOf } from "../../consent/capability-words.ts";
import { sentence } from "../../consent/sentence.ts";
import { earlierVersions, type RollBackPlan, rollBackPlan } from "../../installs/roll-back-plan.ts";
import type { InstallState, InstallView } from "../../installs/types.ts";
import { useHistory } from "../../installs/use-history.ts";
import { useRollBack } from "../../installs/use-install-writes.ts";
import { WithInstall } from "../../installs/with-install.tsx";
import { useExtension } from "../../shell/extension-context.ts";
import { Empty } from "../../states/empty.tsx";
import { Failed } from "../../states/failed.tsx";
import { Loading } from "../../states/loading.tsx";
import { CopyCommand } from "../../writing/copy-command.tsx";
import { Refused } from "../../writing/refused.tsx";

export default function RollbackPage() {
  const [done, setDone] = useState<{ install: InstallView; before: string } | null>(null);
  if (done !== null) return <RolledBack {...done} />;
  return (
    <WithInstall>
      {(install) => (
        <Earlier install={install} onDone={(after) => setDone({ install: after, before: install.version })} />
      )}
    </WithInstall>
  );
}

interface OfInstall {
  readonly install: InstallView;
  readonly onDone: (install: InstallView) => void;
}

function Earlier({ install, onDone }: OfInstall) {
  const history = useHistory(install.install_id);
  if (history.isError)
    return (
      <Failed error={history.error} retry={() => void history.refetch()} title="Cannot show the history" />
    );
  if (history.data === undefined) return <Loading what="the history" />;
  const states = history.data.pages.flatMap(({ items }) => items);
  const earlier = earlierVersions(states, install.version_id);
  if (earlier.length === 0) {
    if (history.hasNextPage) {
      return (
        <Empty
          title="No other version among the last changes."
          actions={<Button onClick={() => void history.fetchNextPage()}>Look further back</Button>}
        />
      );
    }
    return <Empty title={`${install.extension} has run no other version here.`} />;
  }
  return <Choose install={install} earlier={earlier} onDone={onDone} />;
}

function Choose({ install, earlier, onDone }: OfInstall & { earlier: readonly InstallState[] }) {
  const [wanted, setWanted] = useState(earlier[0]?.version ?? "");
  const [keepsConfig, setKeepsConfig] = useState(false);
  const rollBack = useRollBack(install.install_id);
  const then = earlier.find(({ version }) => version === wanted) ?? earlier[0];
  if (then === undefined) return null;
  const plan = rollBackPlan(install, then, keepsConfig);
  return (
    <Stack>
      <Section
        title={`Roll back ${install.extension} from ${install.version}`}
        description="It can be taken back in the same way."
      >
        <RadioGroup
          label="To the version"
          options={earlier.map((state) => ({
            value: state.version,
            label: state.version,
            hint: `ran until ${state.ended_at?.slice(0, 16).replace("T", " ") ?? "now"} UTC`,
          }))}
          value={then.version}
          onChange={setWanted}
        />
        <Switch label="Keep the configuration as it is now" checked={keepsConfig} onChange={setKeepsConfig} />
      </Section>
      <Section title="What changes">
        <PlannedGrants plan={plan} />
        <ConfigDifference changes={plan.config} caption="Settings that change" />
      </Section>
      <Refused error={rollBack.error} />
      <Stack direction="row">
        <Button
          variant="primary"
          busy={rollBack.isPending}
          disabled={install.is_pinned}
          onClick={() =>
            rollBack.mutate(
              { version: then.version, keep_config: keepsConfig, if_revision: install.revision },
              { onSuccess: onDone },
            )
          }
        >
          Roll back to {then.version}
        </Button>
        <CopyCommand command={writeCommands.rollback(install.extension, then.version, keepsConfig)} />
      </Stack>
      {install.is_pinned && (
        <Alert tone="warning">
          {install.extension} is pinned to {install.version}. Unpin it first.
        </Alert>
      )}
    </Stack>
  );
}

function PlannedGrants({ plan }: { plan: RollBackPlan }) {
  const { grantedAgain, notGrantedThen } = plan;
  if (grantedAgain.length + notGrantedThen.length === 0) return <p>It may do the same as now.</p>;
  return (
    <ul>
      {grantedAgain.map((name) => (
        <li key={name}>
          + <Right name={name} /> {sentence("granted_again")}
        </li>
      ))}
      {notGrantedThen.map((name) => (
        <li key={name}>
          − <Right name={name} /> {sentence("not_granted_then")}
        </li>
      ))}
    </ul>
  );
}

function Right({ name }: { name: string }) {
  const { verb, object } = wordsOf(name);
  return (
    <>
      {verb} {object} <Code>{shortName(name)}</Code>
    </>
  );
}

function RolledBack({ install, before }: { install: InstallView; before: string }) {
  const { path } = useExtension();
  const undo = useRollBack(install.install_id);
  return (
    <Stack>
      <Alert
        tone="success"
        title={sentence("upgraded", {
          extension: install.extension,
          version: undo.data?.version ?? install.version,
          before: undo.data === undefined ? before : install.version,
        })}
        actions={
          <>
            <LinkButton variant="primary" href={path("")}>
              Go to {install.extension}
            </LinkButton>
            {undo.data === undefined && (
              <Button
                busy={undo.isPending}
                onClick={() => undo.mutate({ version: before, if_revision: install.revision })}
              >
                Undo
              </Button>
            )}
          </>
        }
      />
      <Refused error={undo.error} />
    </Stack>
  );
}
