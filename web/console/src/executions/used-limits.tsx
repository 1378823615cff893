import { formatBytes, formatDuration, KeyValue, Progress } from "@annex/ui-kit";
import type { Execution } from "./execution.ts";
import type { Limits } from "./use-limits.ts";

interface Used {
  readonly name: string;
  readonly used: number | null | undefined;
  readonly limit: number | null | undefined;
  readonly write: (value: number) => string;
}

const NEAR = 0.8;
const count = (value: number) => value.toLocaleString("en-GB");

/** What an execution used, beside what it may use now. */
export function UsedLimits({ execution, limits }: { execution: Execution; limits: Limits | null }) {
  const all = usedOf(execution, limits);
  const others = all.filter((one) => !isBounded(one));
  return (
    <div className="used-limits">
      {all.filter(isBounded).map(({ name, used, limit, write }) => (
        <Progress
          key={name}
          label={name}
          value={Math.min(used, limit)}
          max={limit}
          text={`${write(used)} of ${write(limit)}`}
          tone={used >= limit ? "danger" : used >= limit * NEAR ? "warning" : "info"}
        />
      ))}
      {others.length > 0 && (
        <KeyValue
          items={others.map(({ name, used, write }) => ({
            label: name,
            value: typeof used === "number" ? `${write(used)}, no limit set` : null,
          }))}
        />
      )}
    </div>
  );
}

function isBounded(one: Used): one is Used & { used: number; limit: number } {
  return typeof one.used === "number" && typeof one.limit === "number" && one.limit > 0;
}

function usedOf({ usage, duration_ms }: Execution, limits: Limits | null): Used[] {
  return [
    { name: "Time", used: duration_ms, limit: limits?.timeout_ms, write: formatDuration },
    { name: "Processor time", used: usage?.cpu_ms, limit: limits?.cpu_ms, write: formatDuration },
    { name: "Memory", used: usage?.memory_bytes, limit: limits?.memory_bytes, write: formatBytes },
    { name: "Host calls", used: usage?.host_calls, limit: limits?.host_calls, write: count },
    { name: "Outgoing requests", used: usage?.subrequests, limit: limits?.subrequests, write: count },
    { name: "Outgoing bytes", used: usage?.egress_bytes, limit: limits?.egress_bytes, write: formatBytes },
    { name: "Instructions", used: usage?.fuel, limit: limits?.fuel, write: count },
  ];
}
