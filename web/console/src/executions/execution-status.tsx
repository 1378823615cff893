import { StatusText } from "@annex/ui-kit";
import type { Execution } from "./execution.ts";
import { STATUS_WORDS, statusText } from "./execution-words.ts";

/** How it ended: code and word, and the problem's code below. */
export function ExecutionStatus({ execution }: { execution: Execution }) {
  return (
    <>
      <StatusText tone={STATUS_WORDS[execution.status].tone}>{statusText(execution)}</StatusText>
      {execution.code && <code className="execution-code">{execution.code}</code>}
    </>
  );
}
