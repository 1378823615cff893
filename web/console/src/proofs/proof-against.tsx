import { Alert, LinkButton } from "@annex/ui-kit";
import { useExtension } from "../shell/extension-context.ts";

export interface ProofAgainstProps {
  readonly version: string;
  readonly reason: string;
  /** Names the reason for the button that it disables. */
  readonly id: string;
}

/** Why a button is disabled: the check of the version failed. */
export function ProofAgainst({ version, reason, id }: ProofAgainstProps) {
  const { path } = useExtension();
  const address = path(`/versions/${encodeURIComponent(version)}`);
  return (
    <Alert
      tone="danger"
      title="Verification failed"
      actions={<LinkButton href={address}>See what was checked</LinkButton>}
    >
      <p id={id}>{reason}</p>
    </Alert>
  );
}
