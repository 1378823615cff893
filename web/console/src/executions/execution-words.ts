/** How executions are told in words. */

import { formatBytes, formatDuration, type Tone } from "@annex/ui-kit";
import type { Execution } from "./execution.ts";

export const STATUS_WORDS: Readonly<Record<Execution["status"], { text: string; tone: Tone }>> = {
  started: { text: "Running", tone: "info" },
  ok: { text: "Answered", tone: "success" },
  error: { text: "Failed", tone: "danger" },
  timeout: { text: "Took too long", tone: "danger" },
  policy_denied: { text: "Refused", tone: "warning" },
  upstream_error: { text: "Platform failed", tone: "danger" },
};

/** `200 Answered`, `502 Failed`: code and word. */
export function statusText({ status, http_status }: Pick<Execution, "status" | "http_status">): string {
  const { text } = STATUS_WORDS[status];
  return http_status === null || http_status === undefined ? text : `${http_status} ${text}`;
}

const LIMITS: Readonly<Record<string, { name: string; write: (value: number) => string }>> = {
  wall_ms: { name: "time limit", write: formatDuration },
  timeout_ms: { name: "time limit", write: formatDuration },
  cpu_ms: { name: "processor time limit", write: formatDuration },
  memory_bytes: { name: "memory limit", write: formatBytes },
  table_elements: { name: "limit of table elements", write: count },
  response_bytes: { name: "size limit of answers", write: formatBytes },
  response_headers: { name: "limit of headers", write: count },
  host_calls: { name: "limit of host calls", write: count },
  subrequests: { name: "limit of outgoing requests", write: count },
  subrequests_at_once: { name: "limit of outgoing requests at once", write: count },
  subrequest_bytes: { name: "size limit of outgoing requests", write: formatBytes },
  egress_bytes: { name: "limit of outgoing bytes", write: formatBytes },
  fuel: { name: "instruction limit", write: count },
};

function count(value: number): string {
  return value.toLocaleString("en-GB");
}

/** `It hit the memory limit of 268 MB.` */
export function limitSentence({ limit }: Pick<Execution, "limit">): string | null {
  if (limit === null || limit === undefined) return null;
  const known = LIMITS[limit.kind] ?? { name: `limit ${limit.kind}`, write: count };
  if (limit.value === null || limit.value === undefined) return `It hit the ${known.name}.`;
  return `It hit the ${known.name} of ${known.write(limit.value)}.`;
}

/** Says in a sentence why an execution did not end well. */
export function failureSentence(execution: Execution): string | null {
  const limit = limitSentence(execution);
  if (limit !== null) return limit;
  switch (execution.status) {
    case "ok":
    case "started":
      return null;
    case "timeout":
      return "It was not done when the time of its request was over.";
    case "policy_denied":
      return `A policy of the gateway refused it${execution.policy ? `: ${execution.policy}` : ""}. Nothing ran.`;
    case "upstream_error":
      return "The platform failed, not the extension.";
    case "error":
      return errorSentence(execution);
  }
}

function errorSentence({ code, http_status }: Execution): string {
  if (code === "CANCELLED") return "Its caller left before the end.";
  if (code === null || code === undefined) return `The extension itself answered ${http_status}.`;
  return "The extension failed.";
}
