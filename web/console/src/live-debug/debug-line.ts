/** A line as the gateway tells it, and the guard it passes before anything is made of it. */

export interface DebugLine {
  readonly ts: string;
  readonly level: string;
  /** `stdout`, `stderr`, `log`, or `platform` for what the platform itself says. */
  readonly stream: string;
  readonly installId: string;
  readonly requestId: string;
  readonly executionId: string;
  readonly versionId: string;
  readonly message: string;
  readonly truncated: boolean;
  readonly lineId: string;
}

export const PLATFORM = "platform";

/** Reads a line out of JSON; what is none is null, and is not shown. */
export function parseDebugLine(json: string): DebugLine | null {
  try {
    return debugLineOf(JSON.parse(json));
  } catch {
    return null;
  }
}

export function debugLineOf(value: unknown): DebugLine | null {
  if (typeof value !== "object" || value === null) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : "");
  if (typeof fields["message"] !== "string" || typeof fields["ts"] !== "string") return null;
  return {
    ts: fields["ts"],
    level: text("level"),
    stream: text("stream"),
    installId: text("installId"),
    requestId: text("requestId"),
    executionId: text("executionId"),
    versionId: text("versionId"),
    message: fields["message"],
    truncated: fields["truncated"] === true,
    lineId: text("lineId"),
  };
}
