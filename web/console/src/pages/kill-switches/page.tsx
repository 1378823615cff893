/** What is stopped, why and since when; and the switches themselves, for administrators of the platform. */

import {
  Button,
  ConfirmDialog,
  IdText,
  RelativeTime,
  Section,
  Select,
  Table,
  TextField,
  useToast,
} from "@annex/ui-kit";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, api } from "../../api/client.ts";
import type { components } from "../../api/schema.d.ts";
import { writeCommands } from "../../commands/write-commands.ts";
import type { InstallView } from "../../installs/types.ts";
import { useInstalls } from "../../installs/use-installs.ts";
import { type SwitchScope, type SwitchWish, switchWish } from "../../kill-switches/switch-wish.ts";
import { useSession } from "../../session/session-context.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { Empty } from "../../states/empty.tsx";
import { Queried } from "../../states/queried.tsx";
import { CopyCommand } from "../../writing/copy-command.tsx";
import { Refused } from "../../writing/refused.tsx";
import { Who } from "../../writing/who.tsx";

type KillSwitch = components["schemas"]["KillSwitchView"];
type TurnOn = components["schemas"]["TurnOnKillSwitch"];

const SWITCHES = "kill-switches";

export default function KillSwitchesPage() {
  const switches = useQuery({
    queryKey: [SWITCHES],
    queryFn: async ({ signal }) => (await answerOf(api.GET("/api/v1/kill-switches", { signal }))).items,
  });
  const [turnedOff, setTurnedOff] = useState<KillSwitch | null>(null);
  return (
    <>
      <PageHead
        title="Kill switches"
        subtitle="Calls, schedules and events of what is stopped are refused with KILL_SWITCH_ON, everywhere in seconds."
      />
      <Queried query={switches} what="kill switches" permission="platform:admin">
        {(items) => (
          <Table
            caption="Switches that are on, newest first"
            rows={items}
            rowKey={({ switch_id }) => switch_id}
            empty={<Empty title="No kill switch is on." />}
            columns={[
              { key: "scope", header: "Stops", cell: ({ scope }) => scope },
              {
                key: "id",
                header: "Which",
                cell: (one) => <IdText value={subjectOf(one)} what={`${one.scope} id`} />,
              },
              {
                key: "tenant",
                header: "In tenant",
                cell: ({ tenant_id }) =>
                  tenant_id === null ? "all" : <IdText value={tenant_id} what="tenant id" />,
              },
              { key: "reason", header: "Reason", cell: ({ reason }) => reason },
              { key: "since", header: "Since", cell: ({ since }) => <RelativeTime value={since} /> },
              { key: "by", header: "By", cell: ({ principal_id }) => <Who principalId={principal_id} /> },
              {
                key: "actions",
                header: "Actions",
                cell: (one) => (
                  <Button
                    size="small"
                    aria-label={`Turn off the switch: ${one.reason}`}
                    onClick={() => setTurnedOff(one)}
                  >
                    Turn off
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Queried>
      <TurnOnForm />
      <SwitchHistory />
      <TurnOff killSwitch={turnedOff} onClose={() => setTurnedOff(null)} />
    </>
  );
}

function useSwitchWrite<Wish>(write: (wish: Wish) => Promise<void>) {
  const queries = useQueryClient();
  return useMutation<void, Error, Wish>({
    mutationFn: write,
    onSettled: () =>
      Promise.all([SWITCHES, "controls"].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}

const SCOPES = [
  { value: "version", label: "One version of an extension" },
  { value: "extension", label: "An extension" },
  { value: "tenant", label: "This tenant, every extension" },
] as const;
const WHERE = [
  { value: "here", label: "In this tenant" },
  { value: "everywhere", label: "In every tenant" },
];

function TurnOnForm() {
  return (
    <Queried query={useInstalls()} what="installs" permission="extension:read">
      {(installs) => <Wanted installs={installs} />}
    </Queried>
  );
}

function Wanted({ installs }: { installs: readonly InstallView[] }) {
  const { tenant } = useSession();
  const [scope, setScope] = useState<SwitchScope>("version");
  const [installId, setInstallId] = useState("");
  const [where, setWhere] = useState("here");
  const [reason, setReason] = useState("");
  const [isAsking, setIsAsking] = useState(false);
  const toast = useToast();
  const turnOn = useSwitchWrite(async (body: TurnOn) => {
    await api.POST("/api/v1/kill-switches", { body });
  });
  const wish = switchWish({
    scope,
    tenant,
    isEverywhere: where === "everywhere",
    install: installs.find(({ install_id }) => install_id === installId),
  });
  const isWhole = wish !== null && reason.trim() !== "";
  const confirm = (wanted: SwitchWish) =>
    turnOn.mutate(
      { ...wanted.ids, reason: reason.trim() },
      {
        onSuccess: () => {
          setIsAsking(false);
          setReason("");
          toast({ text: `${wanted.name} is stopped` });
        },
      },
    );
  return (
    <Section title="Stop something">
      <Select
        label="What"
        options={SCOPES}
        value={scope}
        onChange={(value) => setScope(SCOPES.find((one) => one.value === value)?.value ?? "version")}
      />
      {scope !== "tenant" && (
        <>
          <Select
            label="Extension"
            placeholder="Choose an installed extension"
            options={installs.map((one) => ({
              value: one.install_id,
              label: `${one.extension}@${one.version}`,
            }))}
            value={installId}
            onChange={setInstallId}
          />
          <Select label="Where" options={WHERE} value={where} onChange={setWhere} />
        </>
      )}
      <TextField
        label="Reason"
        hint="Whoever is refused reads it."
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <div>
        <Button variant="danger" disabled={!isWhole} onClick={() => setIsAsking(true)}>
          Stop it
        </Button>
      </div>
      {isWhole && <CopyCommand command={writeCommands.turnOnKillSwitch(wish.words, reason.trim())} />}
      {wish !== null && (
        <ConfirmDialog
          open={isAsking}
          danger
          title={`Stop ${wish.name} ${wish.place}?`.replace(" ?", "?")}
          verb="Stop it"
          typeToConfirm={wish.isWide ? wish.name : undefined}
          busy={turnOn.isPending}
          error={<Refused error={turnOn.error} />}
          onCancel={() => setIsAsking(false)}
          onConfirm={() => confirm(wish)}
        >
          <p>Its calls, schedules and events are refused until somebody turns the switch off.</p>
        </ConfirmDialog>
      )}
    </Section>
  );
}

function TurnOff({ killSwitch, onClose }: { killSwitch: KillSwitch | null; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const turnOff = useSwitchWrite(async (id: string) => {
    await api.DELETE("/api/v1/kill-switches/{switch_id}", {
      params: { path: { switch_id: id }, query: reason.trim() === "" ? {} : { reason: reason.trim() } },
    });
  });
  const close = () => {
    turnOff.reset();
    setReason("");
    onClose();
  };
  return (
    <ConfirmDialog
      open={killSwitch !== null}
      title={`Let this ${killSwitch?.scope ?? ""} run again?`}
      verb="Turn off"
      busy={turnOff.isPending}
      error={<Refused error={turnOff.error} />}
      onCancel={close}
      onConfirm={() => killSwitch !== null && turnOff.mutate(killSwitch.switch_id, { onSuccess: close })}
    >
      <p>It was stopped for: {killSwitch?.reason}</p>
      <TextField
        label="Reason"
        hint="Kept in the history."
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </ConfirmDialog>
  );
}

function SwitchHistory() {
  const history = useInfiniteQuery({
    queryKey: [SWITCHES, "history"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/kill-switches/history", {
          params: { query: { limit: 20, ...(pageParam === null ? {} : { after: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_after,
  });
  if (history.data === undefined) return null;
  return (
    <Section title="History">
      <Table
        caption="Who switched what on and off"
        rows={history.data.pages.flatMap(({ items }) => items)}
        rowKey={({ revision }) => String(revision)}
        empty={<p>No switch was ever on.</p>}
        columns={[
          {
            key: "when",
            header: "When",
            cell: ({ changed_at }) => <RelativeTime value={changed_at} first="absolute" />,
          },
          { key: "who", header: "Who", cell: ({ principal_id }) => <Who principalId={principal_id} /> },
          { key: "what", header: "What", cell: ({ after }) => (after === null ? "Turned off" : "Turned on") },
          { key: "why", header: "Why", cell: ({ reason }) => reason },
        ]}
      />
      {history.hasNextPage && (
        <Button busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          Load 20 more
        </Button>
      )}
    </Section>
  );
}

function subjectOf(one: KillSwitch): string | null {
  return one.version_id ?? one.extension_id ?? one.tenant_id;
}
