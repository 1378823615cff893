/** The commands of what runs: calls, executions, lines. `extension` is `publisher/name` or an id. */

import type { AnnexCommand } from "./annex-command.ts";

export interface CallWish {
  readonly extension: string;
  readonly method: string;
  readonly path: string;
}

/** Calls an endpoint again; values of a path are not recorded, so they stand in it as `:name`. */
export function callCommand({ extension, method, path }: CallWish): AnnexCommand {
  return ["call", extension, method, path];
}

export interface ExecutionsWish {
  readonly extension: string;
  readonly status?: string;
  readonly code?: string;
  readonly trigger?: string;
  readonly since?: string;
}

export function executionsCommand(wish: ExecutionsWish): AnnexCommand {
  const argv = ["executions", wish.extension];
  for (const name of ["status", "code", "trigger", "since"] as const) {
    const value = wish[name];
    if (value !== undefined && value !== "") argv.push(`--${name}`, value);
  }
  return argv;
}

export function executionCommand(id: string): AnnexCommand {
  return ["executions", "show", id];
}

export interface LogsWish {
  readonly extension: string;
  readonly follow: boolean;
  readonly level?: string;
  readonly grep?: string;
  readonly request?: string;
  readonly execution?: string;
}

export function logsCommand(wish: LogsWish): AnnexCommand {
  const argv = ["logs", wish.extension];
  if (wish.follow) argv.push("--follow");
  for (const name of ["level", "grep", "request", "execution"] as const) {
    const value = wish[name];
    if (value !== undefined && value !== "") argv.push(`--${name}`, value);
  }
  return argv;
}

export function limitsCommand(extension: string): AnnexCommand {
  return ["limits", extension];
}

export function versionsCommand(extension: string): AnnexCommand {
  return ["versions", extension];
}
