/** The fields of what is said at a place: rates, quotas, limits of a call, hosts, entitlement. */

import { Button, RadioGroup, Section, Select, Stack, TextArea, TextField } from "@annex/ui-kit";
import { type ControlsDraft, LIMITS, type QuotaDraft, RATES } from "./controls-draft.ts";

export interface ControlsFormProps {
  readonly draft: ControlsDraft;
  readonly onChange: (draft: ControlsDraft) => void;
  readonly isReadOnly: boolean;
  /** An extension has rates of its own only, and quotas of its own scope. */
  readonly isOfExtension: boolean;
  /** Whether a tenant has extensions is the platform's word only. */
  readonly saysEntitlement: boolean;
}

const EGRESS = [
  { value: "unsaid", label: "Nothing is said here" },
  { value: "none", label: "No host at all" },
  { value: "only", label: "Only these hosts" },
];
const ENTITLED = [
  { value: "", label: "Nothing is said here" },
  { value: "yes", label: "Has extensions" },
  { value: "no", label: "Has none" },
];

export function ControlsForm(props: ControlsFormProps) {
  const { draft, onChange, isReadOnly, isOfExtension, saysEntitlement } = props;
  return (
    <>
      <Rates {...props} names={isOfExtension ? ["extension", "install"] : Object.keys(RATES)} />
      <Quotas {...props} />
      <Section title="Limits of a call" level={3} description="Empty fields say nothing.">
        {Object.entries(LIMITS).map(([name, label]) => (
          <TextField
            key={name}
            label={label}
            inputMode="numeric"
            disabled={isReadOnly}
            value={draft.limits[name] ?? ""}
            onChange={(event) =>
              onChange({ ...draft, limits: { ...draft.limits, [name]: event.currentTarget.value } })
            }
          />
        ))}
      </Section>
      <Section title="Hosts extensions may call" level={3}>
        <RadioGroup
          label="Hosts"
          options={EGRESS.map((option) => ({ ...option, disabled: isReadOnly }))}
          value={draft.egressMode}
          onChange={(mode) =>
            onChange({ ...draft, egressMode: mode === "none" || mode === "only" ? mode : "unsaid" })
          }
        />
        {draft.egressMode === "only" && (
          <TextArea
            label="Hosts, one to a line"
            hint="Such as api.example.com or *.example.com; of those, installs call what they may."
            code
            disabled={isReadOnly}
            value={draft.egressHosts}
            onChange={(event) => onChange({ ...draft, egressHosts: event.currentTarget.value })}
          />
        )}
      </Section>
      {saysEntitlement && (
        <Section title="Entitlement" level={3}>
          <Select
            label="Extensions"
            options={ENTITLED}
            disabled={isReadOnly}
            value={draft.entitled}
            onChange={(value) =>
              onChange({ ...draft, entitled: value === "yes" || value === "no" ? value : "" })
            }
          />
        </Section>
      )}
    </>
  );
}

function Rates({ draft, onChange, isReadOnly, names }: ControlsFormProps & { names: readonly string[] }) {
  const set = (name: string, part: "perSecond" | "burst", text: string) => {
    const before = draft.rates[name] ?? { perSecond: "", burst: "" };
    onChange({ ...draft, rates: { ...draft.rates, [name]: { ...before, [part]: text } } });
  };
  return (
    <Section title="Rates" level={3} description="Empty fields say nothing; a wider word holds then.">
      {names.map((name) => (
        <Stack key={name} direction="row" align="end">
          <TextField
            label={`${RATES[name]}: calls per second`}
            inputMode="decimal"
            disabled={isReadOnly}
            value={draft.rates[name]?.perSecond ?? ""}
            onChange={(event) => set(name, "perSecond", event.currentTarget.value)}
          />
          <TextField
            label={`${RATES[name]}: at once`}
            inputMode="numeric"
            disabled={isReadOnly}
            value={draft.rates[name]?.burst ?? ""}
            onChange={(event) => set(name, "burst", event.currentTarget.value)}
          />
        </Stack>
      ))}
    </Section>
  );
}

const KINDS = [
  { value: "invocations", label: "Calls" },
  { value: "cpu_ms", label: "CPU time, in ms" },
  { value: "mem_mb_ms", label: "Memory over time, in MiB·ms" },
  { value: "egress_bytes", label: "Bytes sent out" },
];
const WINDOWS = [
  { value: "day", label: "Day" },
  { value: "month", label: "Month" },
];
const SCOPES = [
  { value: "tenant", label: "The tenant" },
  { value: "extension", label: "Each extension" },
];

function Quotas({ draft, onChange, isReadOnly, isOfExtension }: ControlsFormProps) {
  const replace = (place: number, quota: QuotaDraft | null) =>
    onChange({
      ...draft,
      quotas: draft.quotas.flatMap((one, index) =>
        index === place ? (quota === null ? [] : [quota]) : [one],
      ),
    });
  const add = () => {
    const scope = isOfExtension ? "extension" : "tenant";
    onChange({
      ...draft,
      quotas: [...draft.quotas, { scope, kind: "invocations", window: "month", limit: "" }],
    });
  };
  return (
    <Section
      title="Quotas"
      level={3}
      description="At most so much in a day or a month of UTC; beyond it calls are refused with QUOTA_EXCEEDED."
      actions={isReadOnly ? undefined : <Button onClick={add}>Add a quota</Button>}
    >
      {draft.quotas.map((quota, place) => (
        <OneQuota
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no names of their own until they are saved
          key={place}
          number={place + 1}
          quota={quota}
          isReadOnly={isReadOnly}
          isOfExtension={isOfExtension}
          onChange={(after) => replace(place, after)}
        />
      ))}
      {draft.quotas.length === 0 && <p>No quota is said here.</p>}
    </Section>
  );
}

interface OneQuotaProps {
  readonly number: number;
  readonly quota: QuotaDraft;
  readonly isReadOnly: boolean;
  readonly isOfExtension: boolean;
  readonly onChange: (quota: QuotaDraft | null) => void;
}

function OneQuota({ number, quota, isReadOnly, isOfExtension, onChange }: OneQuotaProps) {
  const named = (what: string) => `${what} of quota ${number}`;
  return (
    <Stack direction="row" align="end">
      <Select
        label={named("What")}
        options={KINDS}
        disabled={isReadOnly}
        value={quota.kind}
        onChange={(kind) => onChange({ ...quota, kind })}
      />
      <Select
        label={named("Window")}
        options={WINDOWS}
        disabled={isReadOnly}
        value={quota.window}
        onChange={(window) => onChange({ ...quota, window })}
      />
      {!isOfExtension && (
        <Select
          label={named("Scope")}
          options={SCOPES}
          disabled={isReadOnly}
          value={quota.scope}
          onChange={(scope) => onChange({ ...quota, scope })}
        />
      )}
      <TextField
        label={named("Limit")}
        inputMode="numeric"
        disabled={isReadOnly}
        value={quota.limit}
        onChange={(event) => onChange({ ...quota, limit: event.currentTarget.value })}
      />
      {!isReadOnly && (
        <Button aria-label={`Remove quota ${number}`} onClick={() => onChange(null)}>
          Remove
        </Button>
      )}
    </Stack>
  );
}
