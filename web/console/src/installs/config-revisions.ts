/** The changes of an install's configuration among its states: who, when, and what it was before and after. */

import { type ConfigChange, configChanges } from "../config-form/config-changes.ts";
import type { InstallState } from "./types.ts";

export interface ConfigRevision {
  readonly state: InstallState;
  readonly changes: readonly ConfigChange[];
  readonly isPresent: boolean;
}

/** `states` stand newest first; the oldest that is known is compared with nothing. */
export function configRevisions(
  states: readonly InstallState[],
  isComplete: boolean,
): readonly ConfigRevision[] {
  const [present] = states;
  return states.flatMap((state, place) => {
    const before = states[place + 1];
    if (before === undefined && !isComplete) return [];
    const changes = configChanges(before?.config ?? {}, state.config);
    return changes.length === 0 ? [] : [{ state, changes, isPresent: state === present }];
  });
}
