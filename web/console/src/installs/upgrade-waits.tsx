/** Above an extension's pages: a newer version is there, and what it takes; the present one keeps running. */

import { Banner, LinkButton } from "@annex/ui-kit";
import { factsOf } from "../consent/manifest-facts.ts";
import { differenceOf, needsConsent, newRights, waitingSentence } from "../consent/version-difference.ts";
import { useReasonAgainst } from "../proofs/use-reason-against.ts";
import { useCan } from "../session/use-can.ts";
import { useExtension } from "../shell/extension-context.ts";
import { newerVersions } from "./newest-version.ts";
import type { InstallView } from "./types.ts";
import { useInstall } from "./use-installs.ts";
import { useVersion, useVersions } from "./use-versions.ts";

export function UpgradeWaits() {
  const { data } = useInstall();
  const mayWrite = useCan("extension:write");
  const install = data?.install ?? null;
  return install === null || install.is_pinned || !mayWrite ? null : <Newer install={install} />;
}

function Newer({ install }: { install: InstallView }) {
  const { data: rows } = useVersions();
  const next = newerVersions(rows ?? [], install.version_id)[0];
  return next === undefined ? null : <Waits install={install} next={next.version} />;
}

function Waits({ install, next }: { install: InstallView; next: string }) {
  const { path } = useExtension();
  const { data: before } = useVersion(install.version);
  const { data: after } = useVersion(next);
  const unproven = useReasonAgainst(next);
  if (before === undefined || after === undefined) return null;
  if (unproven !== null) {
    const actions = (
      <LinkButton size="small" href={path(`/versions/${encodeURIComponent(next)}`)}>
        See what was checked
      </LinkButton>
    );
    return (
      <Banner tone="danger" actions={actions}>
        {unproven}
      </Banner>
    );
  }
  const decided = [...install.grants, ...install.denied];
  const difference = differenceOf(
    factsOf(before.manifest, before.capabilities ?? install.capabilities),
    factsOf(after.manifest, after.capabilities ?? []),
  );
  const waits = needsConsent(difference, decided);
  return (
    <Banner
      tone={waits ? "warning" : "info"}
      actions={
        <LinkButton size="small" href={path(`/upgrade?to=${encodeURIComponent(next)}`)}>
          {waits ? "Decide" : `Upgrade to ${next}`}
        </LinkButton>
      }
    >
      {waits
        ? waitingSentence(next, install.version, newRights(difference, decided))
        : `${next} is published and asks for nothing new.`}
    </Banner>
  );
}
