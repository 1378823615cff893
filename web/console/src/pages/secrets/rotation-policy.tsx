/** How old the secrets of an install may become, and what happens then. */

import { Button, NumberField, Section, Select, Stack } from "@annex/ui-kit";
import { useState } from "react";
import type { InstallView } from "../../installs/types.ts";
import { useChangeInstall } from "../../installs/use-install-writes.ts";
import { Refused } from "../../writing/refused.tsx";

export interface RotationPolicyProps {
  readonly install: InstallView;
  /** What holds in the end: the smallest of the operator's, the manifest's and the install's own. */
  readonly maxAgeDays: number | null;
  readonly overduePolicy: string;
  readonly isReadOnly: boolean;
}

export function RotationPolicy({ install, maxAgeDays, overduePolicy, isReadOnly }: RotationPolicyProps) {
  const [days, setDays] = useState(install.max_secret_age_days);
  const [overdue, setOverdue] = useState(install.overdue_secrets ?? "warn");
  const change = useChangeInstall(install.install_id);
  const isChanged = days !== install.max_secret_age_days || overdue !== (install.overdue_secrets ?? "warn");
  const save = () =>
    change.mutate({
      max_secret_age_days: days ?? 0,
      overdue_secrets: overdue === "refuse" ? "refuse" : "warn",
      if_revision: install.revision,
    });
  return (
    <Section
      title="Rotation"
      description={
        maxAgeDays === null
          ? "Secrets of this install have no greatest age."
          : `Secrets are overdue after ${maxAgeDays} days${overduePolicy === "refuse" ? " and withheld then" : ""}: the strictest of the operator, the manifest and this install.`
      }
    >
      <NumberField
        label="Greatest age here"
        unit="days"
        optional
        min={1}
        max={3650}
        disabled={isReadOnly}
        value={days}
        onChange={setDays}
      />
      <Select
        label="Overdue secrets"
        disabled={isReadOnly}
        options={[
          { value: "warn", label: "are shown as overdue and still handed out" },
          { value: "refuse", label: "are withheld" },
        ]}
        value={overdue}
        onChange={setOverdue}
      />
      <Refused error={change.error} />
      {!isReadOnly && (
        <Stack direction="row">
          <Button variant="primary" busy={change.isPending} disabled={!isChanged} onClick={save}>
            Save
          </Button>
        </Stack>
      )}
    </Section>
  );
}
