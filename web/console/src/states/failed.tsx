import { ApiError } from "../api/api-error.ts";
import { Copyable } from "../shell/copyable.tsx";

export interface FailedProps {
  readonly error: unknown;
  readonly retry?: () => void;
  /** What could not be done, where the server's sentence does not say it. */
  readonly title?: string;
}

/** A failure with the server's sentence unchanged, its hint, code, request id and documentation. */
export function Failed({ error, retry, title = "This could not be loaded" }: FailedProps) {
  const facts = error instanceof ApiError ? error : null;
  return (
    <section className="state state-failed" role="alert">
      <h2>{title}</h2>
      <p>{facts?.message ?? "The console met an error of its own. Reload the page to go on."}</p>
      {facts?.hint && <p>{facts.hint}</p>}
      {facts && (
        <dl className="facts">
          <dt>Code</dt>
          <dd>
            <code>{facts.code}</code>
          </dd>
          {facts.requestId && (
            <>
              <dt>Request</dt>
              <dd>
                <Copyable value={facts.requestId} name="request id" />
              </dd>
            </>
          )}
        </dl>
      )}
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </section>
  );
}
