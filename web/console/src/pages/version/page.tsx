import { Bytes, Code, HashText, IdText, KeyValue, Link, RelativeTime, Section } from "@annex/ui-kit";
import { useParams } from "react-router";
import { CapabilitySentences } from "../../extensions/capability-sentences.tsx";
import { EndpointTable } from "../../extensions/endpoint-table.tsx";
import type { VersionDetail } from "../../installs/types.ts";
import { useVersion } from "../../installs/use-versions.ts";
import { useExtension } from "../../shell/extension-context.ts";
import { Queried } from "../../states/index.ts";
import { VersionChips } from "../../versions/version-chips.tsx";
import { CompareHash } from "./compare-hash.tsx";
import { CompareVersions } from "./compare-versions.tsx";
import { ProofSection } from "./proof-section.tsx";

export default function VersionPage() {
  const { version = "" } = useParams();
  return (
    <Queried query={useVersion(version)} what={`version ${version}`} permission="extension:read">
      {(detail) => <Version detail={detail} />}
    </Queried>
  );
}

function Version({ detail }: { detail: VersionDetail }) {
  const { path } = useExtension();
  return (
    <>
      <Section title={`Version ${detail.version}`} description={detail.status_reason}>
        <span className="chips">
          <VersionChips row={detail} proof={undefined} />
          {detail.installed && <strong>Installed in this tenant</strong>}
        </span>
        <Facts detail={detail} />
        <Link href={path("/versions")}>All versions</Link>
      </Section>
      <ProofSection detail={detail} />
      <CompareHash contentHash={detail.content_hash} />
      <Section title="What it may do">
        <CapabilitySentences capabilities={detail.capabilities} />
      </Section>
      <EndpointTable endpoints={detail.endpoints} />
      <CompareVersions detail={detail} />
      <Manifest detail={detail} />
    </>
  );
}

function Facts({ detail }: { detail: VersionDetail }) {
  const publishedBy = detail.trusted_publisher;
  return (
    <KeyValue
      items={[
        { label: "Content hash", value: <HashText value={detail.content_hash} full /> },
        { label: "Published", value: <RelativeTime value={detail.published_at} first="absolute" /> },
        { label: "Size", value: <Bytes value={detail.size_bytes} /> },
        { label: "Signer", value: detail.signer && <IdText value={detail.signer} what="key id" full /> },
        { label: "Log index", value: detail.log_index },
        ...(publishedBy ? [{ label: "Published by", value: publishedBy.subject }] : []),
        { label: "Runtime", value: detail.runtime },
      ]}
    />
  );
}

function Manifest({ detail }: { detail: VersionDetail }) {
  if (detail.manifest === null) return null;
  return (
    <Section title="Manifest">
      <details>
        <summary>manifest.json</summary>
        <Code block label="manifest">
          {JSON.stringify(detail.manifest, null, 2)}
        </Code>
      </details>
    </Section>
  );
}
