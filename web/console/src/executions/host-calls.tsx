import { KeyValue } from "@annex/ui-kit";
import type { Execution } from "./execution.ts";

/** Calls of the host as far as they are recorded: how many, not which. */
export function HostCalls({ usage }: Pick<Execution, "usage">) {
  if (usage === null || usage === undefined) return <p>The extension did not run, so it called nothing.</p>;
  return (
    <>
      <KeyValue
        items={[
          { label: "Host calls", value: usage.host_calls },
          { label: "Effects", value: usage.effects },
          { label: "Outgoing requests", value: usage.subrequests },
        ]}
      />
      <p className="muted">
        Calls are counted and not listed. Effects are those that changed something outside the sandbox, so
        they say whether calling again is safe.
      </p>
    </>
  );
}
