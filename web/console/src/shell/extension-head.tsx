import { LinkButton, StatusText } from "@annex/ui-kit";
import { useLocation } from "react-router";
import { STATES, stateOf } from "../extensions/extension-state.ts";
import { useActivity } from "../extensions/use-activity.ts";
import { useExtensionRow } from "../extensions/use-catalogue.ts";
import { InstallLink } from "../installs/install-link.tsx";
import type { InstallView } from "../installs/types.ts";
import { useInstall } from "../installs/use-installs.ts";
import { useVersion } from "../installs/use-versions.ts";
import { ProofMark } from "../proofs/proof-mark.tsx";
import { useProofBadge } from "../proofs/use-proof-badges.ts";
import { useCan } from "../session/use-can.ts";
import { factsOfRow } from "../versions/facts-of-row.ts";
import { useExtension } from "./extension-context.ts";
import { PageHead } from "./page-head.tsx";

/** Name, publisher, proof and state of an extension above all its pages. */
export function ExtensionHead() {
  const { name, publisher } = useExtension();
  const row = useExtensionRow(publisher, name).data;
  const install = useInstall().data?.install ?? null;
  const version = install?.version ?? row?.latest_version ?? null;
  return (
    <PageHead
      title={name}
      status={install && <State install={install} />}
      subtitle={
        <>
          by {publisher} · {install ? `version ${install.version} installed` : "not installed"}{" "}
          {version && <ShownProof version={version} />}
        </>
      }
      id={row && { value: row.extension_id, name: "extension id" }}
      actions={<Actions install={install} />}
    />
  );
}

function State({ install }: { install: InstallView }) {
  const activity = useActivity().data?.items.find((one) => one.extension_id === install.extension_id);
  const { tone, word } = STATES[stateOf(install, activity)];
  return <StatusText tone={tone}>{word}</StatusText>;
}

function ShownProof({ version }: { version: string }) {
  const { extension } = useExtension();
  const detail = useVersion(version).data;
  const badge = useProofBadge(detail ? factsOfRow(extension, detail) : null);
  return badge && <ProofMark badge={badge} />;
}

function Actions({ install }: { install: InstallView | null }) {
  const { path } = useExtension();
  const { pathname } = useLocation();
  const mayWrite = useCan("extension:write");
  const manifest = useVersion(install?.version ?? null).data?.manifest;
  const hasScreen = typeof manifest === "object" && manifest !== null && "ui" in manifest;
  if (install === null) {
    return mayWrite && pathname !== path("/install") && <InstallLink>Install</InstallLink>;
  }
  return (
    <>
      {mayWrite && <LinkButton href={path("/manage")}>Manage</LinkButton>}
      {hasScreen && install.is_enabled && (
        <LinkButton variant="primary" href={path("/open")}>
          Open
        </LinkButton>
      )}
    </>
  );
}
