import type { DebugLine } from "../../src/live-debug/debug-line.ts";

let made = 0;

/** Makes a line with an id of its own. */
export function aLine(message: string, changes: Partial<DebugLine> = {}): DebugLine {
  made += 1;
  return {
    ts: "2026-05-04T12:00:00.000Z",
    level: "info",
    stream: "log",
    installId: "i",
    requestId: "req_1",
    executionId: "e-1",
    versionId: "v",
    message,
    truncated: false,
    lineId: `line-${made}`,
    ...changes,
  };
}
