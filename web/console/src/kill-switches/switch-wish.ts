/** What somebody wants stopped, as the platform takes it, as it is named, and as the CLI takes it. */

import type { components } from "../api/schema.d.ts";

export type SwitchScope = components["schemas"]["TurnOnKillSwitch"]["scope"];

export interface SwitchTarget {
  readonly scope: SwitchScope;
  readonly tenant: { readonly id: string; readonly name: string };
  readonly isEverywhere: boolean;
  readonly install?: Stoppable | undefined;
}

export interface Stoppable {
  readonly extension: string;
  readonly extension_id: string;
  readonly version: string;
  readonly version_id: string;
}

export interface SwitchWish {
  readonly name: string;
  readonly place: string;
  /** Of another tenant's calls, too: somebody types the name before. */
  readonly isWide: boolean;
  readonly ids: Omit<components["schemas"]["TurnOnKillSwitch"], "reason">;
  readonly words: readonly string[];
}

/** Null while it is not said what is to be stopped. */
export function switchWish({ scope, tenant, isEverywhere, install }: SwitchTarget): SwitchWish | null {
  const here = { tenant_id: tenant.id, extension_id: null, version_id: null };
  if (scope === "tenant") {
    const words = ["--tenant-wide", tenant.id];
    return { name: tenant.name, place: "", isWide: false, ids: { scope, ...here }, words };
  }
  if (install === undefined) return null;
  const isVersion = scope === "version";
  const name = isVersion ? `${install.extension}@${install.version}` : install.extension;
  return {
    name,
    place: isEverywhere ? "in every tenant" : `in ${tenant.name}`,
    isWide: isEverywhere,
    ids: {
      scope,
      tenant_id: isEverywhere ? null : tenant.id,
      extension_id: isVersion ? null : install.extension_id,
      version_id: isVersion ? install.version_id : null,
    },
    words: [name, ...(isEverywhere ? [] : ["--in-tenant", tenant.id])],
  };
}
