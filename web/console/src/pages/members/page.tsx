/** Who is in the tenant, with which roles, and what each role gives. */

import {
  Badge,
  Button,
  ConfirmDialog,
  IdText,
  RelativeTime,
  Section,
  Select,
  Stack,
  StatusText,
  Table,
  useToast,
} from "@annex/ui-kit";
import { useState } from "react";
import { AddMemberDialog } from "../../members/add-member-dialog.tsx";
import { RoleDialog } from "../../members/role-dialog.tsx";
import {
  type Member,
  type Role,
  useAssignRole,
  useMembers,
  useRemoveRole,
  useRoles,
  useSwitchMember,
  useUnassignRole,
} from "../../members/use-members.ts";
import { useSession } from "../../session/session-context.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { Failed } from "../../states/failed.tsx";
import { Loading } from "../../states/loading.tsx";
import { Queried } from "../../states/queried.tsx";
import { Refused } from "../../writing/refused.tsx";

export default function MembersPage() {
  const { tenant } = useSession();
  const [isAdding, setIsAdding] = useState(false);
  return (
    <>
      <PageHead
        title="Members and roles"
        subtitle={`Who may do what in ${tenant.name}.`}
        actions={
          <Button variant="primary" onClick={() => setIsAdding(true)}>
            Add a member
          </Button>
        }
      />
      <Queried query={useRoles()} what="roles" permission="tenant:admin">
        {(roles) => (
          <>
            <Members roles={roles} />
            <Roles roles={roles} />
          </>
        )}
      </Queried>
      <AddMemberDialog isOpen={isAdding} onClose={() => setIsAdding(false)} />
    </>
  );
}

function Members({ roles }: { roles: readonly Role[] }) {
  const members = useMembers();
  const assign = useAssignRole();
  const unassign = useUnassignRole();
  const turn = useSwitchMember();
  const toast = useToast();
  if (members.data === undefined && members.isError)
    return <Failed error={members.error} retry={() => void members.refetch()} title="Cannot show members" />;
  if (members.data === undefined) return <Loading what="members" />;
  const give = (member: Member, role: string) =>
    assign.mutate(
      { principalId: member.principal_id, role },
      { onSuccess: () => toast({ text: `${nameOf(member)} has the role ${role}` }) },
    );
  // Reversible: done at once, and given back for ten seconds.
  const take = (member: Member, role: string) =>
    unassign.mutate(
      { principalId: member.principal_id, role },
      {
        onSuccess: () =>
          toast({
            text: `${nameOf(member)} has the role ${role} no more`,
            action: { label: "Undo", onAction: () => give(member, role) },
          }),
      },
    );
  return (
    <Section title="Members">
      <Refused error={assign.error ?? unassign.error ?? turn.error} />
      <Table
        caption="Members of the tenant"
        rows={members.data.pages.flatMap(({ items }) => items)}
        rowKey={({ principal_id }) => principal_id}
        columns={[
          { key: "name", header: "Name", cell: (member) => nameOf(member) },
          { key: "kind", header: "Kind", cell: ({ kind }) => kind },
          {
            key: "state",
            header: "State",
            cell: ({ disabled_at }) => (
              <StatusText tone={disabled_at === null ? "success" : "neutral"}>
                {disabled_at === null ? "On" : "Off"}
              </StatusText>
            ),
          },
          {
            key: "roles",
            header: "Roles",
            cell: (member) => (
              <RolesOf
                member={member}
                roles={roles}
                onGive={(role) => give(member, role)}
                onTake={(role) => take(member, role)}
              />
            ),
          },
          { key: "since", header: "Since", cell: ({ created_at }) => <RelativeTime value={created_at} /> },
          {
            key: "id",
            header: "Id",
            cell: ({ principal_id }) => <IdText value={principal_id} what="principal id" />,
          },
          {
            key: "actions",
            header: "Actions",
            cell: (member) => {
              const verb = member.disabled_at === null ? "Switch off" : "Switch on";
              return (
                <Button
                  size="small"
                  aria-label={`${verb} ${nameOf(member)}`}
                  onClick={() =>
                    turn.mutate({ principalId: member.principal_id, enabled: member.disabled_at !== null })
                  }
                >
                  {verb}
                </Button>
              );
            },
          },
        ]}
      />
      {members.hasNextPage && (
        <Button busy={members.isFetchingNextPage} onClick={() => void members.fetchNextPage()}>
          Load 100 more
        </Button>
      )}
    </Section>
  );
}

interface RolesOfProps {
  readonly member: Member;
  readonly roles: readonly Role[];
  readonly onGive: (role: string) => void;
  readonly onTake: (role: string) => void;
}

function RolesOf({ member, roles, onGive, onTake }: RolesOfProps) {
  const others = roles.filter(({ name }) => !member.roles.includes(name));
  return (
    <Stack gap={1}>
      {member.roles.map((role) => (
        <span key={role}>
          <Badge>{role}</Badge>{" "}
          <Button
            size="small"
            variant="quiet"
            aria-label={`Take ${role} from ${nameOf(member)}`}
            onClick={() => onTake(role)}
          >
            Take
          </Button>
        </span>
      ))}
      <Select
        label={`Give ${nameOf(member)} a role`}
        hideLabel
        placeholder="Give a role"
        options={others.map(({ name }) => ({ value: name, label: name }))}
        value=""
        onChange={(role) => role !== "" && onGive(role)}
      />
    </Stack>
  );
}

function Roles({ roles }: { roles: readonly Role[] }) {
  const [edited, setEdited] = useState<{ role: Role | null } | null>(null);
  const [removed, setRemoved] = useState<Role | null>(null);
  const remove = useRemoveRole();
  const close = () => {
    remove.reset();
    setRemoved(null);
  };
  return (
    <Section title="Roles" actions={<Button onClick={() => setEdited({ role: null })}>Add a role</Button>}>
      <Table
        caption="Roles of the tenant"
        rows={roles}
        rowKey={({ name }) => name}
        columns={[
          { key: "name", header: "Role", cell: ({ name }) => name },
          { key: "gives", header: "Gives", cell: ({ permissions }) => permissions.join(", ") },
          { key: "kind", header: "Kind", cell: ({ built_in }) => (built_in ? "built in" : "your own") },
          { key: "description", header: "Description", cell: ({ description }) => description || "–" },
          {
            key: "actions",
            header: "Actions",
            cell: (role) =>
              !role.built_in && (
                <Stack direction="row" gap={1}>
                  <Button size="small" aria-label={`Change ${role.name}`} onClick={() => setEdited({ role })}>
                    Change
                  </Button>
                  <Button size="small" aria-label={`Remove ${role.name}`} onClick={() => setRemoved(role)}>
                    Remove
                  </Button>
                </Stack>
              ),
          },
        ]}
      />
      {edited !== null && <RoleDialog role={edited.role} onClose={() => setEdited(null)} />}
      <ConfirmDialog
        open={removed !== null}
        danger
        title={`Remove the role ${removed?.name ?? ""}?`}
        verb="Remove"
        busy={remove.isPending}
        error={<Refused error={remove.error} />}
        onCancel={close}
        onConfirm={() => removed !== null && remove.mutate(removed.name, { onSuccess: close })}
      >
        <p>Whoever has it has it no more.</p>
      </ConfirmDialog>
    </Section>
  );
}

function nameOf(member: Member): string {
  return member.display_name ?? member.name;
}
