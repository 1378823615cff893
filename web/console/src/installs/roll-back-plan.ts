/** What a rollback brings back: the version, the grants of then less what was denied since, the configuration. */

import { type ConfigChange, configChanges } from "../config-form/config-changes.ts";
import type { InstallState, InstallView } from "./types.ts";

export interface RollBackPlan {
  readonly version: string;
  readonly grantedAgain: readonly string[];
  readonly notGrantedThen: readonly string[];
  readonly config: readonly ConfigChange[];
}

/** The last state of each other version, newest first: what somebody can go back to. */
export function earlierVersions(states: readonly InstallState[], present: string): readonly InstallState[] {
  const seen = new Set([present]);
  return states.filter(({ version_id }) => !seen.has(version_id) && seen.add(version_id));
}

export function rollBackPlan(install: InstallView, then: InstallState, keepsConfig: boolean): RollBackPlan {
  const granted = then.grants.filter((name) => !install.denied.includes(name));
  return {
    version: then.version,
    grantedAgain: granted.filter((name) => !install.grants.includes(name)),
    notGrantedThen: install.grants.filter((name) => !granted.includes(name)),
    config: keepsConfig ? [] : configChanges(install.config, then.config),
  };
}
