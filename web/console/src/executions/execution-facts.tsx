import { HashText, IdText, KeyValue, RelativeTime } from "@annex/ui-kit";
import { Caller } from "./caller.tsx";
import type { Execution } from "./execution.ts";

/** What is never recorded, marked where it would stand. */
function Redacted({ why }: { why: string }) {
  return <span className="redacted">Not recorded: {why}</span>;
}

/** The request and the answer, as far as they are kept. */
export function ExchangeFacts({ execution }: { execution: Execution }) {
  const { method, endpoint, http_status, code, policy, trigger, attempt } = execution;
  const hasValues = endpoint?.includes(":") ?? false;
  return (
    <KeyValue
      items={[
        { label: "Set off by", value: TRIGGERS[trigger] },
        { label: "Endpoint", value: <code>{`${method} ${endpoint ?? "–"}`}</code> },
        ...(hasValues
          ? [{ label: "Values in the path", value: <Redacted why="often names and numbers of people" /> }]
          : []),
        {
          label: "Query, headers, body",
          value: <Redacted why="only ids, names, numbers and codes are kept" />,
        },
        { label: "Answered with", value: http_status },
        { label: "Body of the answer", value: <Redacted why="it is nobody's but the caller's" /> },
        { label: "Problem code", value: code && <code>{code}</code> },
        { label: "Refused by", value: policy },
        { label: "Attempt", value: attempt },
        { label: "Caller", value: <Caller execution={execution} /> },
      ]}
    />
  );
}

const TRIGGERS: Readonly<Record<Execution["trigger"], string>> = {
  http: "A call",
  schedule: "A schedule",
  event: "An event",
};

/** What joins it to everything else that is kept. */
export function ExecutionIds({ execution }: { execution: Execution }) {
  const id = (value: string | null | undefined, what: string) => <IdText value={value} what={what} />;
  return (
    <KeyValue
      items={[
        { label: "Started", value: <RelativeTime value={execution.started_at} first="absolute" /> },
        { label: "Finished", value: <RelativeTime value={execution.finished_at} first="absolute" /> },
        { label: "Execution", value: id(execution.execution_id, "execution id") },
        { label: "Runner's execution", value: id(execution.runner_execution_id, "runner's execution id") },
        { label: "Request", value: id(execution.request_id, "request id") },
        { label: "Trace", value: id(execution.trace_id, "trace id") },
        { label: "Install", value: id(execution.install_id, "install id") },
        { label: "Version", value: id(execution.version_id, "version id") },
        { label: "Content hash", value: <HashText value={execution.content_hash} /> },
        ...(execution.schedule_id
          ? [{ label: "Schedule", value: id(execution.schedule_id, "schedule id") }]
          : []),
        ...(execution.event_id ? [{ label: "Event", value: id(execution.event_id, "event id") }] : []),
      ]}
    />
  );
}
