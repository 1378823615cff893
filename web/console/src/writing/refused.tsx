/** What the platform said to a change that it did not make, beside the button that asked for it. */

import { Alert, Code, IdText } from "@annex/ui-kit";
import { type ReactNode, useEffect, useRef } from "react";
import { ApiError } from "../api/api-error.ts";

export interface RefusedProps {
  readonly error: Error | null;
  readonly actions?: ReactNode;
}

/** Takes the focus when it appears: what somebody asked for did not happen. */
export function Refused({ error, actions }: RefusedProps) {
  const alert = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error !== null) alert.current?.focus();
  }, [error]);
  if (error === null) return null;
  const facts = error instanceof ApiError ? error : null;
  return (
    <Alert ref={alert} tone="danger" actions={actions}>
      <p>{facts?.message ?? "The console met an error of its own. Reload the page to go on."}</p>
      {facts?.hint && <p>{facts.hint}</p>}
      {facts && (
        <p>
          <Code>{facts.code}</Code> {facts.requestId && <IdText value={facts.requestId} what="request id" />}
        </p>
      )}
    </Alert>
  );
}
