/** What an install may do, and the place to change one's mind about it. */

import { Button, Section, Stack, useToast } from "@annex/ui-kit";
import { useState } from "react";
import { writeCommands } from "../../commands/write-commands.ts";
import { askedOf } from "../../consent/capability-words.ts";
import { type ConsentChoice, HTTP_FETCH, listsOf } from "../../consent/consent-choice.ts";
import { ConsentList } from "../../consent/consent-list.tsx";
import { consentOf } from "../../consent/consent-start.ts";
import { ConsentSummary } from "../../consent/consent-summary.tsx";
import { factsOf, type ManifestFacts } from "../../consent/manifest-facts.ts";
import type { InstallView } from "../../installs/types.ts";
import { useChangeInstall } from "../../installs/use-install-writes.ts";
import { useVersion } from "../../installs/use-versions.ts";
import { WithInstall } from "../../installs/with-install.tsx";
import { useSession } from "../../session/session-context.ts";
import { useCan } from "../../session/use-can.ts";
import { Queried } from "../../states/queried.tsx";
import { CopyCommand } from "../../writing/copy-command.tsx";
import { ReadOnlyNote } from "../../writing/read-only-note.tsx";
import { Refused } from "../../writing/refused.tsx";

export default function CapabilitiesPage() {
  return <WithInstall>{(install) => <OfVersion key={install.revision} install={install} />}</WithInstall>;
}

function OfVersion({ install }: { install: InstallView }) {
  const mayWrite = useCan("extension:write");
  return (
    <Queried
      query={useVersion(install.version)}
      what={`version ${install.version}`}
      permission="extension:read"
    >
      {(detail) => {
        const facts = factsOf(detail.manifest, install.capabilities);
        const present = consentOf(install.grants, install.denied, install.egress);
        if (mayWrite) return <Edit install={install} facts={facts} present={present} />;
        return (
          <Stack>
            <ReadOnlyNote permission="extension:write" />
            <Section title="What it may do">
              <ConsentSummary choice={present} facts={facts} />
            </Section>
          </Stack>
        );
      }}
    </Queried>
  );
}

interface EditProps {
  readonly install: InstallView;
  readonly facts: ManifestFacts;
  readonly present: ConsentChoice;
}

function Edit({ install, facts, present }: EditProps) {
  const { tenant } = useSession();
  const [choice, setChoice] = useState(present);
  const change = useChangeInstall(install.install_id);
  const toast = useToast();
  const lists = listsOf(choice, install.capabilities);
  const asksForHosts = install.capabilities.includes(HTTP_FETCH);
  const egress = lists.grants.includes(HTTP_FETCH) ? [...choice.hosts] : [];
  const isChanged = differs(choice, present, install.capabilities);
  const isDecided = lists.grants.length + lists.denied.length >= askedOf(install.capabilities).length;
  const save = () =>
    change.mutate(
      { ...lists, ...(asksForHosts ? { egress } : {}), if_revision: install.revision },
      { onSuccess: () => toast({ text: `What ${install.extension} may do is changed` }) },
    );
  return (
    <Section
      title={`What ${install.extension} ${install.version} may do in ${tenant.name}`}
      description="A change holds for the next call."
    >
      <ConsentList facts={facts} choice={choice} onChange={setChoice} />
      <Refused error={change.error} />
      <Stack direction="row">
        <Button variant="primary" busy={change.isPending} disabled={!isChanged || !isDecided} onClick={save}>
          Save
        </Button>
        {isChanged && <Button onClick={() => setChoice(present)}>Discard</Button>}
        {isChanged && (
          <CopyCommand
            command={writeCommands.upgrade({
              extension: install.extension,
              version: install.version,
              grants: lists.grants.filter((name) => askedOf([name]).length > 0),
              denied: lists.denied,
              hosts: asksForHosts ? egress : undefined,
            })}
          />
        )}
      </Stack>
    </Section>
  );
}

function differs(one: ConsentChoice, other: ConsentChoice, capabilities: readonly string[]): boolean {
  const hosts = (choice: ConsentChoice) => JSON.stringify([...choice.hosts].sort());
  const isOther = askedOf(capabilities).some(({ name }) => one.decisions[name] !== other.decisions[name]);
  return isOther || hosts(one) !== hosts(other);
}
