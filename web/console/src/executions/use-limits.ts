/** The limits that hold for calls of an install at the moment: the platform's, narrowed by those who may. */

import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";

export interface Limits {
  readonly timeout_ms: number | null;
  readonly cpu_ms: number | null;
  readonly memory_bytes: number | null;
  readonly fuel: number | null;
  readonly host_calls: number | null;
  readonly subrequests: number | null;
  readonly egress_bytes: number | null;
}

const MIB = 1024 * 1024;

/** Null figures are not known; a limit that is unknown is not shown as one. */
export function useLimits(extensionId: string | undefined, ofInstall: Readonly<Record<string, number>>) {
  return useQuery({
    queryKey: ["limits", extensionId, ofInstall],
    enabled: extensionId !== undefined,
    queryFn: async ({ signal }): Promise<Limits> => {
      const [platform, narrowed] = await Promise.all([
        answerOf(api.GET("/.well-known/limits.json", { signal })),
        controlled(extensionId ?? "", signal),
      ]);
      const defaults = Object.fromEntries(platform.limits.map((one) => [one.name, one.default]));
      return limitsOf(defaults, ofInstall, narrowed);
    },
  });
}

/** What is said of an install goes before the platform's default; what is controlled only narrows. */
export function limitsOf(
  defaults: Readonly<Record<string, number | null>>,
  ofInstall: Readonly<Record<string, number>>,
  narrowed: Readonly<Record<string, number>>,
): Limits {
  const memory = narrowed["memory_mb"];
  const controls: Readonly<Record<string, number | undefined>> = {
    ...narrowed,
    memory_bytes: memory === undefined ? undefined : memory * MIB,
  };
  const of = (name: string): number | null => {
    const said = ofInstall[name] ?? defaults[name] ?? null;
    const control = controls[name];
    if (control === undefined) return said;
    return said === null ? control : Math.min(said, control);
  };
  return {
    timeout_ms: of("timeout_ms"),
    cpu_ms: of("cpu_ms"),
    memory_bytes: of("memory_bytes"),
    fuel: of("fuel"),
    host_calls: of("host_calls"),
    subrequests: of("subrequests"),
    egress_bytes: of("egress_bytes"),
  };
}

/** Controls of an extension that is not installed any more are nobody's. */
async function controlled(extension: string, signal: AbortSignal): Promise<Readonly<Record<string, number>>> {
  try {
    const path = { extension };
    const told = await answerOf(
      api.GET("/api/v1/controls/extensions/{extension}", { params: { path }, signal }),
    );
    return told.effective?.limits ?? {};
  } catch {
    return {};
  }
}
