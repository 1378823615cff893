/** Rates, quotas, limits, hosts and entitlement: of the tenant, and for the platform's administrators of all. */

import { Select, TextField } from "@annex/ui-kit";
import { useState } from "react";
import type { ControlsPlace } from "../../commands/write-commands.ts";
import { ControlsEditor } from "../../controls/controls-editor.tsx";
import { useSession } from "../../session/session-context.ts";
import { useCan } from "../../session/use-can.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { useUrlFilters } from "../../url-filters.ts";
import { ReadOnlyNote } from "../../writing/read-only-note.tsx";

const PLACES = [
  { value: "", label: "Your tenant's own word" },
  { value: "tenant", label: "The platform's word about a tenant" },
  { value: "platform", label: "The platform's word about everybody" },
];

export default function ControlsPage() {
  const { tenant } = useSession();
  const isPlatform = useCan("platform:admin");
  const mayWrite = useCan("extension:write");
  const { values, set } = useUrlFilters(["place", "tenant"]);
  const place = placeOf(isPlatform ? values.place : "", values.tenant || tenant.id);
  const isOwn = place.kind === "own";
  return (
    <>
      <PageHead
        title="Controls"
        subtitle="What administrators allow, without a restart and within seconds."
      />
      {isPlatform && (
        <div className="filters">
          <Select
            label="Whose word"
            options={PLACES}
            value={values.place}
            onChange={(value) => set("place", value)}
          />
          {values.place === "tenant" && (
            <TenantId value={values.tenant || tenant.id} onChange={(id) => set("tenant", id)} />
          )}
        </div>
      )}
      {isOwn && <ReadOnlyNote permission="extension:write" />}
      <ControlsEditor
        key={`${place.kind} ${place.tenantId}`}
        place={place}
        whose={whoseOf(place, tenant.name)}
        isReadOnly={isOwn && !mayWrite && !isPlatform}
      />
    </>
  );
}

function TenantId({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const [text, setText] = useState(value);
  return (
    <TextField
      label="Tenant id"
      code
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => onChange(text.trim())}
    />
  );
}

function placeOf(kind: string, tenantId: string): ControlsPlace {
  if (kind === "platform") return { kind };
  return kind === "tenant" ? { kind, tenantId } : { kind: "own" };
}

function whoseOf(place: ControlsPlace, tenant: string): string {
  if (place.kind === "platform") return "the whole platform";
  return place.kind === "tenant" ? `tenant ${place.tenantId}` : tenant;
}
