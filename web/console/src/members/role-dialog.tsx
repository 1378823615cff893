/** Makes or changes a role of the tenant's own. */

import { Button, Checkbox, Dialog, Form, TextField } from "@annex/ui-kit";
import { useState } from "react";
import type { components } from "../api/schema.d.ts";
import { Refused } from "../writing/refused.tsx";
import { type Role, useSetRole } from "./use-members.ts";

type Given = components["schemas"]["PutRole"]["permissions"][number];

const FORM = "role-form";
const GIVEN: readonly Given[] = ["extension:read", "extension:write", "extension:publish", "extension:debug"];

export interface RoleDialogProps {
  /** The role that is changed; null for a new one. */
  readonly role: Role | null;
  readonly onClose: () => void;
}

export function RoleDialog({ role, onClose }: RoleDialogProps) {
  const [name, setName] = useState(role?.name ?? "");
  const [description, setDescription] = useState(role?.description ?? "");
  const [given, setGiven] = useState<readonly Given[]>(
    GIVEN.filter((one) => role?.permissions.includes(one)),
  );
  const [isTried, setIsTried] = useState(false);
  const set = useSetRole();
  const save = () => {
    setIsTried(true);
    if (name.trim() === "" || given.length === 0) return;
    set.mutate({ name: name.trim(), description, permissions: [...given] }, { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={role === null ? "Add a role" : `Change ${role.name}`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form={FORM} busy={set.isPending}>
            Save
          </Button>
        </>
      }
    >
      <Form id={FORM} onSubmit={save}>
        {role === null && (
          <TextField
            label="Name"
            hint={'a-z, 0-9 and "-", beginning with a letter.'}
            value={name}
            error={isTried && name.trim() === "" ? "A role has a name." : undefined}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <TextField
          label="Description"
          optional
          maxLength={500}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <fieldset className="plain-fieldset">
          <legend>What it gives</legend>
          {GIVEN.map((one) => (
            <Checkbox
              key={one}
              label={one}
              checked={given.includes(one)}
              onChange={(isOn) =>
                setGiven((before) => (isOn ? [...before, one] : before.filter((other) => other !== one)))
              }
            />
          ))}
          {isTried && given.length === 0 && <p role="alert">Choose at least one.</p>}
        </fieldset>
        <Refused error={set.error} />
      </Form>
    </Dialog>
  );
}
