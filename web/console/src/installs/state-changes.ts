/** What happened to an install from one state to the next, in sentences. */

import { configChanges } from "../config-form/config-changes.ts";
import { shortName } from "../consent/capability-words.ts";
import type { InstallState } from "./types.ts";

/** `before` is absent for the state an install began with, or where it is not known. */
export function stateChanges(before: InstallState | undefined, state: InstallState): readonly string[] {
  if (before === undefined) {
    const granted = state.grants.map(shortName).join(", ");
    return [`Installed ${state.version}`, granted === "" ? "Granted nothing" : `Granted ${granted}`];
  }
  const said = [
    before.version === state.version ? null : `Version ${before.version} → ${state.version}`,
    before.is_enabled === state.is_enabled ? null : state.is_enabled ? "Enabled" : "Disabled",
    before.is_pinned === state.is_pinned ? null : state.is_pinned ? "Pinned" : "Unpinned",
    listed("Granted", before.grants, state.grants),
    listed("No longer granted", state.grants, before.grants),
    listed("Refused", before.denied, state.denied),
    plain("Host allowed", before.egress, state.egress),
    plain("Host closed", state.egress, before.egress),
    settings(before, state),
  ].filter((line) => line !== null);
  return said.length > 0 ? said : [state.change ?? "Changed"];
}

function listed(word: string, before: readonly string[], after: readonly string[]): string | null {
  return plain(word, before.map(shortName), after.map(shortName));
}

function plain(word: string, before: readonly string[], after: readonly string[]): string | null {
  const added = after.filter((name) => !before.includes(name));
  return added.length === 0 ? null : `${word}: ${added.join(", ")}`;
}

function settings(before: InstallState, state: InstallState): string | null {
  const names = configChanges(before.config, state.config).map(({ name }) => name);
  return names.length === 0 ? null : `Settings: ${names.join(", ")}`;
}
