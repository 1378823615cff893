import { Button, LinkButton } from "@annex/ui-kit";
import { type ReactNode, useId } from "react";
import { useReasonAgainst } from "../proofs/use-reason-against.ts";
import { useExtension } from "../shell/extension-context.ts";
import { newestVersion } from "./newest-version.ts";
import { useVersions } from "./use-versions.ts";

/** Leads to installing the newest version; disabled, with the reason, where its check failed. */
export function InstallLink({ children }: { children: ReactNode }) {
  const { path } = useExtension();
  const reasonId = useId();
  const newest = newestVersion(useVersions().data ?? []);
  const reason = useReasonAgainst(newest?.version ?? null);
  if (reason === null) {
    return (
      <LinkButton variant="primary" href={path("/install")}>
        {children}
      </LinkButton>
    );
  }
  return (
    <div className="install-refused">
      <Button variant="primary" disabled aria-describedby={reasonId}>
        {children}
      </Button>
      <span id={reasonId}>{reason}</span>
    </div>
  );
}
