import { Alert, Button, Code, LinkButton, Section, Stack } from "@annex/ui-kit";
import { useQueryClient } from "@tanstack/react-query";
import type { VersionDetail } from "../../installs/types.ts";
import type { ProofBadge } from "../../proofs/badge.ts";
import { startLogAnew, useProofBadge } from "../../proofs/use-proof-badges.ts";
import { useExtension } from "../../shell/extension-context.ts";
import { factsOfRow } from "../../versions/facts-of-row.ts";

const TONES = { neutral: "info", success: "success", warning: "warning", danger: "danger" } as const;

/** What was checked, by whom, and how to check it without this page. */
export function ProofSection({ detail }: { detail: VersionDetail }) {
  const { extension, publisher, name } = useExtension();
  const badge = useProofBadge(factsOfRow(extension, detail));
  const version = encodeURIComponent(detail.version);
  const proof = `/api/v1/extensions/${publisher}/${name}/versions/${version}/proof`;
  return (
    <Section title="Proof">
      {badge && (
        <Alert
          tone={TONES[badge.tone]}
          title={badge.label}
          announce="none"
          actions={<Actions badge={badge} />}
        >
          <p>{badge.sentence}</p>
        </Alert>
      )}
      <p>To check it without this page, with a key you keep yourself:</p>
      <Code block label="command">{`annex verify ${extension}@${detail.version}`}</Code>
      {detail.log_index !== null && (
        <Stack direction="row">
          <LinkButton href={proof} download={`${publisher}.${name}-${detail.version}.proof`}>
            Download the proof
          </LinkButton>
        </Stack>
      )}
    </Section>
  );
}

function Actions({ badge }: { badge: ProofBadge }) {
  const queries = useQueryClient();
  const again = () => void queries.resetQueries({ queryKey: ["log"] });
  const anew = () => {
    startLogAnew();
    again();
  };
  return (
    <>
      <Button onClick={again}>Check again</Button>
      {badge.state === "failed" && (
        <Button variant="quiet" onClick={anew}>
          Forget the log this browser saw before
        </Button>
      )}
    </>
  );
}
