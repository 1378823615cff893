/** What holds in the end at a place, the narrowest word of every place taken together. */

import { Alert, Code, KeyValue, Section } from "@annex/ui-kit";
import { quotaAmount, quotaName } from "../quotas/quota-use.ts";
import { LIMITS, RATES } from "./controls-draft.ts";
import type { ControlsView } from "./use-controls.ts";

export function EffectiveControls({ effective }: { effective: NonNullable<ControlsView["effective"]> }) {
  const { rates, quotas, limits, egress_hosts: hosts, is_entitled: isEntitled, stop } = effective;
  return (
    <Section title="What holds" description="The narrowest word of the platform and of your tenant.">
      {stop !== null && (
        <Alert tone="danger" announce="none">
          A kill switch of the platform stops this {stop.scope}: {stop.reason}. Calls are refused with{" "}
          <Code>KILL_SWITCH_ON</Code>.
        </Alert>
      )}
      {!isEntitled && (
        <Alert tone="danger" announce="none">
          This tenant has no extensions: calls are refused with <Code>TENANT_NOT_ENTITLED</Code>.
        </Alert>
      )}
      <KeyValue
        items={[
          { label: "Extensions", value: isEntitled ? "allowed" : "not allowed" },
          ...Object.entries(rates).map(([name, rate]) => ({
            label: RATES[name] ?? name,
            value: `${rate.per_second} calls per second, ${rate.burst} at once`,
          })),
          ...quotas.map((quota) => ({
            label: `${quotaName(quota)} (${quota.scope})`,
            value: quotaAmount(quota.kind, quota.limit),
          })),
          ...Object.entries(limits).map(([name, value]) => ({ label: LIMITS[name] ?? name, value })),
          { label: "Hosts", value: hostWords(hosts) },
        ]}
      />
    </Section>
  );
}

function hostWords(hosts: readonly string[] | null): string {
  if (hosts === null) return "those each install may call";
  return hosts.length === 0 ? "none" : hosts.join(", ");
}
