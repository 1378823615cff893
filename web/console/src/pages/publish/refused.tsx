import { Alert, CopyButton, ErrorSummary, HashText, KeyValue, LinkButton } from "@annex/ui-kit";
import { useEffect, useRef } from "react";
import type { ApiError } from "../../api/api-error.ts";
import { useTenantPath } from "../../session/use-tenant-path.ts";
import { ProblemFacts } from "../../states/failed.tsx";

/** The registry's sentence as it is; of a manifest every mistake, of a spent number both hashes. */
export function Refused({ error, contentHash }: { error: ApiError; contentHash: string | null }) {
  const alert = useRef<HTMLDivElement>(null);
  const problems = problemsOf(error);
  const isManifest = problems.length > 0;
  useEffect(() => {
    if (!isManifest) alert.current?.focus();
  }, [isManifest]);
  if (isManifest) {
    return (
      <ErrorSummary title={error.message} problems={problems}>
        <ProblemFacts error={error} />
      </ErrorSummary>
    );
  }
  return (
    <Alert tone="danger" title={error.message} ref={alert} actions={<Ways error={error} />}>
      {error.details["same_content"] === true && (
        <p>The published content is identical to yours. Nothing is missing.</p>
      )}
      {error.hint && <p>{error.hint}</p>}
      <Hashes error={error} contentHash={contentHash} />
      <ProblemFacts error={error} />
    </Alert>
  );
}

function Hashes({ error, contentHash }: { error: ApiError; contentHash: string | null }) {
  const published = text(error, "content_hash");
  if (published === null || contentHash === null) return null;
  return (
    <KeyValue
      items={[
        { label: "Published", value: <HashText value={published} comparedWith={contentHash} /> },
        { label: "Yours", value: <HashText value={contentHash} comparedWith={published} /> },
      ]}
    />
  );
}

function Ways({ error }: { error: ApiError }) {
  const tenantPath = useTenantPath();
  const [extension, version] = [
    text(error, "extension"),
    text(error, "existing_version") ?? text(error, "version"),
  ];
  if (error.code !== "VERSION_ALREADY_EXISTS" || extension === null || version === null) return null;
  const address = tenantPath(`/extensions/${extension}/versions/${encodeURIComponent(version)}`);
  return (
    <>
      <LinkButton href={address}>View version {version}</LinkButton>
      <CopyButton value="annex version patch" text="Copy annex version patch" />
    </>
  );
}

function text({ details }: ApiError, name: string): string | null {
  const value = details[name];
  return typeof value === "string" ? value : null;
}

function problemsOf({ code, details }: ApiError): { text: string }[] {
  const errors = details["errors"];
  if (code !== "INVALID_MANIFEST" || !Array.isArray(errors)) return [];
  return errors.flatMap((each: unknown) => {
    if (typeof each !== "object" || each === null) return [];
    const { pointer, message } = each as Record<string, unknown>;
    return [{ text: `${pointer || "manifest.json"}: ${message}` }];
  });
}
