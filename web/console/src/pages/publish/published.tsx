import { Alert, Button, Code, HashText, KeyValue, LinkButton } from "@annex/ui-kit";
import { useEffect, useRef } from "react";
import type { Publication } from "../../publish/upload.ts";
import { useTenantPath } from "../../session/use-tenant-path.ts";

export interface PublishedProps {
  readonly publication: Publication;
  /** How long the checks took, where this page saw them. */
  readonly seconds: number | null;
  readonly again: () => void;
}

export function Published({ publication, seconds, again }: PublishedProps) {
  const tenantPath = useTenantPath();
  const alert = useRef<HTMLDivElement>(null);
  useEffect(() => alert.current?.focus(), []);
  const { extension, version } = publication;
  const address = tenantPath(`/extensions/${extension}/versions/${encodeURIComponent(version.version)}`);
  const actions = (
    <>
      <LinkButton variant="primary" href={address}>
        View version {version.version}
      </LinkButton>
      <Button onClick={again}>Publish another</Button>
    </>
  );
  return (
    <Alert
      tone="success"
      title={`${extension} ${version.version} is published`}
      ref={alert}
      actions={actions}
    >
      <KeyValue
        items={[
          { label: "Content hash", value: <HashText value={version.content_hash} /> },
          { label: "Signer", value: version.signer ?? "Unsigned" },
          { label: "Log index", value: version.log_index },
          ...(seconds === null ? [] : [{ label: "Checked in", value: `${seconds.toFixed(1)} s` }]),
        ]}
      />
      <Code block label="command">{`annex verify ${extension}@${version.version}`}</Code>
    </Alert>
  );
}
