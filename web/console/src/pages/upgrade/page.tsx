/** Moves an install to another version; only what is new or wider has to be agreed to. */

import { Alert, Banner, Button, LinkButton, Section, Select, Stack } from "@annex/ui-kit";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { writeCommands } from "../../commands/write-commands.ts";
import { hasChanges } from "../../config-form/config-changes.ts";
import { ConfigEditor } from "../../config-form/config-editor.tsx";
import { refusedFields } from "../../config-form/refused-fields.ts";
import { useConfigForm } from "../../config-form/use-config-form.ts";
import { Hosts } from "../../consent/capability-row.tsx";
import { wordsOf } from "../../consent/capability-words.ts";
import { type ConsentChoice, consentVerb, HTTP_FETCH, listsOf } from "../../consent/consent-choice.ts";
import { ConsentList } from "../../consent/consent-list.tsx";
import { consentOf, consentStart } from "../../consent/consent-start.ts";
import { DifferenceGroups } from "../../consent/difference-groups.tsx";
import { ManifestDifference } from "../../consent/manifest-difference.tsx";
import { factsOf, type ManifestFacts } from "../../consent/manifest-facts.ts";
import { sentence } from "../../consent/sentence.ts";
import {
  differenceOf,
  needsConsent,
  newRights,
  type VersionDifference,
  waitingSentence,
} from "../../consent/version-difference.ts";
import { newerVersions } from "../../installs/newest-version.ts";
import type { InstallView, VersionDetail, VersionRow } from "../../installs/types.ts";
import { useChangeInstall } from "../../installs/use-install-writes.ts";
import { useVersion, useVersions } from "../../installs/use-versions.ts";
import { WithInstall } from "../../installs/with-install.tsx";
import { ProofAgainst } from "../../proofs/proof-against.tsx";
import { useReasonAgainst } from "../../proofs/use-reason-against.ts";
import { useExtension } from "../../shell/extension-context.ts";
import { Empty } from "../../states/empty.tsx";
import { Queried } from "../../states/queried.tsx";
import { CopyCommand } from "../../writing/copy-command.tsx";
import { Refused } from "../../writing/refused.tsx";
import { whenDone } from "../../writing/when-done.ts";

export default function UpgradePage() {
  const [done, setDone] = useState<{ install: InstallView; before: string } | null>(null);
  if (done !== null) return <Upgraded {...done} />;
  return (
    <WithInstall>
      {(install) => (
        <ChooseVersion
          install={install}
          onUpgraded={(after) => setDone({ install: after, before: install.version })}
        />
      )}
    </WithInstall>
  );
}

interface OfInstall {
  readonly install: InstallView;
  readonly onUpgraded: (install: InstallView) => void;
}

function ChooseVersion({ install, onUpgraded }: OfInstall) {
  const [query] = useSearchParams();
  const { path } = useExtension();
  return (
    <Queried query={useVersions()} what="versions" permission="extension:read">
      {(rows) => {
        const newer = newerVersions(rows, install.version_id);
        const wanted = query.get("to") ?? newer[0]?.version ?? null;
        if (wanted === null || wanted === install.version)
          return (
            <Empty
              title={`${sentence("up_to_date", { extension: install.extension, version: install.version })}.`}
              actions={<LinkButton href={path("/rollback")}>Go back to an earlier version</LinkButton>}
            />
          );
        return <LoadBoth install={install} rows={rows} wanted={wanted} onUpgraded={onUpgraded} />;
      }}
    </Queried>
  );
}

function LoadBoth(props: OfInstall & { rows: readonly VersionRow[]; wanted: string }) {
  const present = useVersion(props.install.version);
  const next = useVersion(props.wanted);
  return (
    <Queried query={present} what={`version ${props.install.version}`} permission="extension:read">
      {(before) => (
        <Queried query={next} what={`version ${props.wanted}`} permission="extension:read">
          {(after) => (
            <Decide
              key={after.version_id}
              install={props.install}
              rows={props.rows}
              before={before}
              after={after}
              onUpgraded={props.onUpgraded}
            />
          )}
        </Queried>
      )}
    </Queried>
  );
}

interface DecideProps extends OfInstall {
  readonly rows: readonly VersionRow[];
  readonly before: VersionDetail;
  readonly after: VersionDetail;
}

function Decide({ install, rows, before, after, onUpgraded }: DecideProps) {
  const [, setQuery] = useSearchParams();
  const old = factsOf(before.manifest, before.capabilities ?? install.capabilities);
  const next = factsOf(after.manifest, after.capabilities ?? []);
  const difference = differenceOf(old, next);
  const decided = [...install.grants, ...install.denied];
  const [choice, setChoice] = useState(() => carriedOver(install, old, next));
  const form = useConfigForm(next.configSchema, install.config);
  const change = useChangeInstall(install.install_id);
  const plan = planOf(install, next, difference, choice, decided);
  const unproven = useReasonAgainst(after.version);
  const isConfigured = Object.keys(form.problems).length === 0;
  const upgrade = () =>
    whenDone(
      change.mutateAsync({
        version: after.version,
        if_revision: install.revision,
        grants: plan.grants,
        denied: plan.denied,
        ...(plan.egress === null ? {} : { egress: plan.egress }),
        ...(hasChanges(install.config, form.config) ? { config: { ...form.config } } : {}),
      }),
      onUpgraded,
    );
  return (
    <Stack>
      {needsConsent(difference, decided) && (
        <Banner tone="warning">
          {waitingSentence(after.version, install.version, newRights(difference, decided))}
        </Banner>
      )}
      {unproven !== null && <ProofAgainst id="upgrade-unproven" version={after.version} reason={unproven} />}
      {install.is_pinned && (
        <Alert tone="warning">
          {install.extension} is pinned to {install.version}. Unpin it first.
        </Alert>
      )}
      <Select
        label="Upgrade to"
        options={newerVersions(rows, install.version_id).map(({ version }) => ({
          value: version,
          label: version,
        }))}
        value={after.version}
        onChange={(version) => setQuery({ to: version }, { replace: true })}
      />
      <DifferenceGroups difference={difference} />
      {plan.asked.length > 0 && (
        <Section title={sentence("asks", { version: `${install.extension} ${after.version}` })}>
          <ConsentList facts={next} capabilities={plan.asked} choice={choice} onChange={setChoice} />
        </Section>
      )}
      {plan.hostsAsked.length > 0 && (
        <Section title="New hosts" description="Each stays closed until you allow it.">
          <Hosts hosts={plan.hostsAsked} choice={choice} onChange={setChoice} />
        </Section>
      )}
      {!isConfigured && (
        <Section
          title="Configuration"
          description={`${after.version} reads settings that the present one does not fit.`}
        >
          <ConfigEditor form={form} problems={{ ...form.problems, ...refusedFields(change.error) }} />
        </Section>
      )}
      <ManifestDifference before={before} after={after} />
      {plan.undecided.length > 0 && (
        <Alert tone="warning">
          <Undecided names={plan.undecided} />
        </Alert>
      )}
      <Refused error={change.error} />
      <Stack direction="row">
        <Button
          variant="primary"
          busy={change.isPending}
          disabled={plan.undecided.length > 0 || !isConfigured || install.is_pinned || unproven !== null}
          aria-describedby={unproven === null ? undefined : "upgrade-unproven"}
          onClick={upgrade}
        >
          {consentVerb(plan.count, "Upgrade")}
        </Button>
        <CopyCommand
          command={writeCommands.upgrade({
            extension: install.extension,
            version: after.version,
            grants: plan.newlyGranted,
            denied: plan.newlyDenied,
            hosts: plan.egress ?? undefined,
          })}
        />
      </Stack>
    </Stack>
  );
}

interface Plan {
  readonly asked: readonly string[];
  readonly undecided: readonly string[];
  readonly hostsAsked: readonly string[];
  readonly grants: string[];
  readonly denied: string[];
  readonly newlyGranted: readonly string[];
  readonly newlyDenied: readonly string[];
  /** Null: as the platform carries it over. */
  readonly egress: string[] | null;
  readonly count: number;
}

/** What was decided before, and for what is asked anew the same preset as at an install. */
function carriedOver(install: InstallView, old: ManifestFacts, next: ManifestFacts): ConsentChoice {
  const present = consentOf(install.grants, install.denied, install.egress);
  const start = consentStart(next);
  const mayHaveCalled = old.capabilities.includes(HTTP_FETCH);
  return {
    decisions: { ...start.decisions, ...present.decisions },
    // Hosts that are declared anew stay closed; those of a capability asked anew are decided with it.
    hosts: mayHaveCalled ? present.hosts.filter((host) => next.hosts.includes(host)) : start.hosts,
  };
}

/** What was decided is carried over; only what nobody decided is asked for. */
function planOf(
  install: InstallView,
  next: ManifestFacts,
  difference: VersionDifference,
  choice: ConsentChoice,
  decided: readonly string[],
): Plan {
  const asked = difference.added
    .map(({ capability }) => capability)
    .filter((name) => !decided.includes(name));
  const lists = listsOf(choice, next.capabilities);
  const newlyGranted = asked.filter((name) => choice.decisions[name] === "granted");
  const mayCall = lists.grants.includes(HTTP_FETCH);
  // Hosts of a capability that is asked for anew are decided with it.
  const hostsAsked = mayCall && !asked.includes(HTTP_FETCH) ? difference.newHosts : [];
  const opened = mayCall ? choice.hosts.filter((host) => !install.egress.includes(host)) : [];
  return {
    asked,
    undecided: asked.filter((name) => choice.decisions[name] === undefined),
    hostsAsked,
    ...lists,
    newlyGranted,
    newlyDenied: asked.filter((name) => choice.decisions[name] === "refused"),
    egress: mayCall && difference.newHosts.length > 0 ? [...choice.hosts] : null,
    count: newlyGranted.length + (hostsAsked.length > 0 ? opened.length : 0),
  };
}

function Undecided({ names }: { names: readonly string[] }) {
  return (
    <ul>
      {names.map((name) => (
        <li key={name}>
          Decide whether it may {wordsOf(name).verb} {wordsOf(name).object}.
        </li>
      ))}
    </ul>
  );
}

function Upgraded({ install, before }: { install: InstallView; before: string }) {
  const { path } = useExtension();
  return (
    <Alert
      tone="success"
      title={sentence("upgraded", { extension: install.extension, version: install.version, before })}
      actions={
        <>
          <LinkButton variant="primary" href={path("")}>
            Go to {install.extension}
          </LinkButton>
          <LinkButton href={path("/rollback")}>Roll back</LinkButton>
          <LinkButton href={path("/activity")}>Who granted what, and when</LinkButton>
        </>
      }
    />
  );
}
