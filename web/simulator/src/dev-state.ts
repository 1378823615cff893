/** What `annex dev` tells its page, as its server writes it. */

export interface Switches {
  readonly slow_ms: number;
  readonly is_offline: boolean;
  readonly is_rate_limited: boolean;
  readonly is_expired: boolean;
  readonly denied: readonly string[];
}

export interface Fault {
  readonly message: string;
  readonly place: string | null;
  readonly output: readonly string[];
  readonly hint: string | null;
}

export interface DevState {
  readonly extension: string;
  readonly version: string;
  readonly entry: string | null;
  readonly content_hash: string;
  readonly page_hash: string;
  readonly install_id: string;
  readonly extension_id: string;
  readonly tenant_id: string;
  readonly tenant_name: string;
  readonly ui_host_url: string;
  readonly capabilities: readonly string[];
  readonly deniable: readonly string[];
  readonly endpoints: readonly string[];
  readonly has_limits: boolean;
  readonly is_building: boolean;
  readonly served_since: string;
  readonly fault: Fault | null;
  readonly switches: Switches;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly usual_role: string;
}

export const ROLE_HEADER = "x-annex-dev-role";

export async function putSwitches(switches: Switches): Promise<void> {
  await fetch("/dev/switches", { method: "PUT", body: JSON.stringify(switches) });
}
