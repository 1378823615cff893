import { Alert, Button, Code, IdText, KeyValue } from "@annex/ui-kit";
import { ApiError } from "../api/api-error.ts";

export interface FailedProps {
  readonly error: unknown;
  readonly retry?: (() => void) | undefined;
  /** What could not be done, where the server's sentence does not say it. */
  readonly title?: string | undefined;
}

/** A failure with the server's sentence unchanged, its hint, code and request id. */
export function Failed({ error, retry, title = "This could not be loaded" }: FailedProps) {
  const facts = error instanceof ApiError ? error : null;
  const actions = retry && <Button onClick={retry}>Try again</Button>;
  return (
    <Alert tone="danger" title={title} actions={actions}>
      <p>{facts?.message ?? "The console met an error of its own. Reload the page to go on."}</p>
      {facts?.hint && <p>{facts.hint}</p>}
      {facts && <ProblemFacts error={facts} />}
    </Alert>
  );
}

/** Code and request, always in this order and place. */
export function ProblemFacts({ error }: { error: ApiError }) {
  const items = [{ label: "Code", value: <Code>{error.code}</Code> }];
  if (error.requestId !== null) {
    items.push({ label: "Request", value: <IdText value={error.requestId} what="request id" full /> });
  }
  return <KeyValue items={items} />;
}
