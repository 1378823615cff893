/** How an installed extension is doing, in one word; the worst that is true counts. */

import type { components } from "../api/schema.d.ts";
import type { InstallView } from "../installs/types.ts";

export type Activity = components["schemas"]["ActivityView"];
export type ExtensionState = "failing" | "needs-consent" | "disabled" | "running";

export const STATES = {
  failing: { word: "Failing", tone: "danger" },
  "needs-consent": { word: "Needs consent", tone: "warning" },
  disabled: { word: "Disabled", tone: "neutral" },
  running: { word: "Running", tone: "success" },
} as const satisfies Record<ExtensionState, { word: string; tone: string }>;

/** As many failures in a day are a state even when a run between them went well. */
const MANY = 0.5;

export function stateOf(install: InstallView, activity: Activity | undefined): ExtensionState {
  if (!install.is_enabled) return "disabled";
  if (activity !== undefined && isFailing(activity)) return "failing";
  return install.undecided.length > 0 ? "needs-consent" : "running";
}

/** Places states by severity, the worst first. */
export function severityOf(state: ExtensionState): number {
  return Object.keys(STATES).indexOf(state);
}

function isFailing({ runs, failures, last_failed }: Activity): boolean {
  return last_failed || failures >= runs * MANY;
}
