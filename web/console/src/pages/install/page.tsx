/** Installs a version with exactly what somebody agreed to: version, capabilities, configuration, review. */

import { Alert, Button, LinkButton, RadioGroup, Section, Stack } from "@annex/ui-kit";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { writeCommands } from "../../commands/write-commands.ts";
import { configChanges } from "../../config-form/config-changes.ts";
import { ConfigDifference } from "../../config-form/config-difference.tsx";
import { ConfigEditor } from "../../config-form/config-editor.tsx";
import { refusedFields } from "../../config-form/refused-fields.ts";
import { useConfigForm } from "../../config-form/use-config-form.ts";
import { wordsOf } from "../../consent/capability-words.ts";
import {
  type ConsentChoice,
  consentVerb,
  grantedCount,
  HTTP_FETCH,
  listsOf,
  undecidedOf,
} from "../../consent/consent-choice.ts";
import { ConsentList } from "../../consent/consent-list.tsx";
import { consentStart } from "../../consent/consent-start.ts";
import { ConsentSummary } from "../../consent/consent-summary.tsx";
import { factsOf } from "../../consent/manifest-facts.ts";
import { sentence } from "../../consent/sentence.ts";
import { newestVersion, takesInstalls } from "../../installs/newest-version.ts";
import type { InstallView, VersionDetail, VersionRow } from "../../installs/types.ts";
import { useCreateInstall } from "../../installs/use-install-writes.ts";
import { useInstall } from "../../installs/use-installs.ts";
import { useVersion, useVersions } from "../../installs/use-versions.ts";
import type { ProofBadge } from "../../proofs/badge.ts";
import { ProofAgainst } from "../../proofs/proof-against.tsx";
import { useProofBadges } from "../../proofs/use-proof-badges.ts";
import { useReasonAgainst } from "../../proofs/use-reason-against.ts";
import { useSession } from "../../session/session-context.ts";
import { useExtension } from "../../shell/extension-context.ts";
import { Empty } from "../../states/empty.tsx";
import { Queried } from "../../states/queried.tsx";
import { factsOfRow } from "../../versions/facts-of-row.ts";
import { CopyCommand } from "../../writing/copy-command.tsx";
import { Refused } from "../../writing/refused.tsx";
import { StepList } from "../../writing/step-list.tsx";
import { whenDone } from "../../writing/when-done.ts";

const STEPS = ["version", "capabilities", "configuration", "review"] as const;
type Step = (typeof STEPS)[number];
const TITLES: Readonly<Record<Step, string>> = {
  version: "Version",
  capabilities: "Capabilities",
  configuration: "Configuration",
  review: "Review",
};

export default function InstallPage() {
  const { extension, path } = useExtension();
  const [installed, setInstalled] = useState<InstallView | null>(null);
  const present = useInstall();
  if (installed !== null) return <Installed install={installed} />;
  return (
    <Queried query={present} what="the install" permission="extension:read">
      {({ install }) =>
        install === null ? (
          <ChooseVersion onInstalled={setInstalled} />
        ) : (
          <Empty
            title={`${extension}@${install.version} is installed already.`}
            actions={<LinkButton href={path("/upgrade")}>Look for a newer version</LinkButton>}
          />
        )
      }
    </Queried>
  );
}

function ChooseVersion({ onInstalled }: { onInstalled: (install: InstallView) => void }) {
  const [query] = useSearchParams();
  return (
    <Queried query={useVersions()} what="versions" permission="extension:read">
      {(rows) => {
        const wanted = query.get("version") ?? newestVersion(rows)?.version ?? null;
        if (wanted === null)
          return <Empty title="No version takes installs: none is published, or all are withdrawn." />;
        return <LoadVersion rows={rows} version={wanted} onInstalled={onInstalled} />;
      }}
    </Queried>
  );
}

interface WithRows {
  readonly rows: readonly VersionRow[];
  readonly onInstalled: (install: InstallView) => void;
}

function LoadVersion({ version, ...rest }: WithRows & { readonly version: string }) {
  return (
    <Queried query={useVersion(version)} what={`version ${version}`} permission="extension:read">
      {/* Another version asks for other things: what was decided for one is not decided for the other. */}
      {(detail) => <InstallSteps key={detail.version_id} detail={detail} {...rest} />}
    </Queried>
  );
}

function InstallSteps({ detail, rows, onInstalled }: WithRows & { readonly detail: VersionDetail }) {
  const { extension } = useExtension();
  const { tenant } = useSession();
  const [query, setQuery] = useSearchParams();
  const capabilities = detail.capabilities ?? [];
  const facts = factsOf(detail.manifest, capabilities);
  const [choice, setChoice] = useState<ConsentChoice>(() => consentStart(facts));
  const form = useConfigForm(facts.configSchema, {});
  const create = useCreateInstall();
  const step = stepOf(query.get("step"));
  const go = (next: Step) =>
    setQuery((before) => new URLSearchParams({ ...Object.fromEntries(before), step: next }));
  const choose = (version: string) =>
    setQuery((before) => new URLSearchParams({ ...Object.fromEntries(before), version }), { replace: true });

  const lists = listsOf(choice, capabilities);
  const egress = lists.grants.includes(HTTP_FETCH) ? [...choice.hosts] : [];
  const count = grantedCount(choice, capabilities);
  const proofs = useProofBadges(rows.map((row) => factsOfRow(extension, row)));
  const unproven = useReasonAgainst(detail.version);
  const reasons = reasonsAgainst(choice, capabilities, Object.values(form.problems));
  const reasonIds = [unproven !== null && "install-unproven", reasons.length > 0 && "install-reasons"];
  const described = reasonIds.filter((id) => id !== false).join(" ");
  const install = () =>
    whenDone(
      create.mutateAsync(
        { extension, version: detail.version, ...lists, egress, config: { ...form.config } },
        { onError: (error) => fieldsNamed(error) && go("configuration") },
      ),
      onInstalled,
    );

  return (
    <Stack>
      <StepList
        steps={STEPS.map((name) => ({ name, title: TITLES[name] }))}
        current={step}
        onGo={(name) => go(stepOf(name))}
      />
      {unproven !== null && <ProofAgainst id="install-unproven" version={detail.version} reason={unproven} />}
      {step === "version" && (
        <Section title="Which version" actions={<Next onGo={() => go("capabilities")} />}>
          <RadioGroup
            label="Version"
            options={rows.map((row, at) => versionOption(row, proofs[at]))}
            value={detail.version}
            onChange={choose}
          />
        </Section>
      )}
      {step === "capabilities" && (
        <Section
          title={sentence("asks", { version: `${extension} ${detail.version}` })}
          description={`What you refuse stays closed to it, in every version, until you grant it in ${tenant.name}.`}
          actions={<Next onGo={() => go("configuration")} />}
        >
          <ConsentList facts={facts} choice={choice} onChange={setChoice} />
        </Section>
      )}
      {step === "configuration" && (
        <Section
          title="Configuration"
          description="You can change it at any time."
          actions={<Next onGo={() => go("review")} />}
        >
          <Refused error={create.error} />
          {form.fields?.length === 0 ? (
            <p>It has no settings.</p>
          ) : (
            <ConfigEditor form={form} problems={{ ...form.problems, ...refusedFields(create.error) }} />
          )}
        </Section>
      )}
      {step === "review" && (
        <Section title={`Install ${extension} ${detail.version} in ${tenant.name}`}>
          <ConsentSummary choice={choice} facts={facts} />
          <ConfigDifference changes={configChanges({}, form.config)} caption="Settings" />
          {reasons.length > 0 && (
            <Alert tone="warning" title="It cannot be installed yet">
              <ul id="install-reasons">
                {reasons.map((reason) => (
                  <li key={reason}>{reason}</li>
                ))}
              </ul>
            </Alert>
          )}
          <Refused error={create.error} />
          <Stack direction="row">
            <Button
              variant="primary"
              busy={create.isPending}
              disabled={described !== ""}
              aria-describedby={described || undefined}
              onClick={install}
            >
              {consentVerb(count, "Install")}
            </Button>
            <CopyCommand
              command={writeCommands.install({
                extension,
                version: detail.version,
                ...lists,
                hosts: hostWords(egress, facts.hosts),
              })}
            />
          </Stack>
        </Section>
      )}
    </Stack>
  );
}

function Installed({ install }: { install: InstallView }) {
  const { path } = useExtension();
  const count = install.grants.length;
  return (
    <Alert
      tone="success"
      title={sentence("installed", { extension: install.extension, version: install.version })}
      actions={
        <>
          <LinkButton variant="primary" href={path("")}>
            Go to {install.extension}
          </LinkButton>
          <LinkButton href={path("/activity")}>Who granted what, and when</LinkButton>
        </>
      }
    >
      {count === 1 ? "One capability is granted." : `${count} capabilities are granted.`}
    </Alert>
  );
}

function Next({ onGo }: { onGo: () => void }) {
  return (
    <Button variant="primary" onClick={onGo}>
      Continue
    </Button>
  );
}

function versionOption(row: VersionRow, proof: ProofBadge | undefined) {
  const said =
    row.status === "active" ? "" : ` ${row.status}${row.status_reason ? `: ${row.status_reason}` : ""}`;
  const mayInstall = proof?.mayInstall ?? true;
  const signed = row.signer === null ? "Unsigned" : `Signed by ${row.signer}`;
  return {
    value: row.version,
    label: row.version,
    hint: `${mayInstall ? signed : proof?.label} · published ${row.published_at.slice(0, 10)}${said && ` ·${said}`}`,
    disabled: !takesInstalls(row) || !mayInstall,
  };
}

function stepOf(text: string | null): Step {
  return STEPS.find((step) => step === text) ?? "version";
}

function reasonsAgainst(
  choice: ConsentChoice,
  capabilities: readonly string[],
  problems: readonly string[],
): readonly string[] {
  const open = undecidedOf(choice, capabilities).map((name) => {
    const { verb, object } = wordsOf(name);
    return `Decide whether it may ${verb} ${object}.`;
  });
  return [...open, ...problems];
}

/** Absent where all that are declared are allowed: that is what the command does by itself. */
function hostWords(allowed: readonly string[], declared: readonly string[]): readonly string[] | undefined {
  if (declared.length === 0 || declared.every((host) => allowed.includes(host))) return undefined;
  return allowed;
}

function fieldsNamed(error: Error): boolean {
  return Object.keys(refusedFields(error)).length > 0;
}
