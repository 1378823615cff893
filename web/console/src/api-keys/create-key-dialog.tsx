/** Makes a key: for whom, how narrow, until when. */

import { Button, Checkbox, Dialog, Form, Select, TextField } from "@annex/ui-kit";
import { useState } from "react";
import { useSession } from "../session/session-context.ts";
import { Refused } from "../writing/refused.tsx";
import { DEFAULT_EXPIRY, EXPIRIES, expiryOf } from "./key-expiry.ts";
import { type IssuedKey, useIssueKey } from "./use-api-keys.ts";

const FORM = "create-key-form";
/** What a key can be allowed, and what that means. */
const SCOPES = [
  { name: "extension:read", hint: "See extensions, versions, installs and what ran; call extensions." },
  { name: "extension:write", hint: "Install, upgrade and configure extensions." },
  { name: "extension:publish", hint: "Publish versions." },
  { name: "extension:debug", hint: "Watch what extensions write." },
  { name: "platform:admin", hint: "Administer every tenant." },
] as const;
type Scope = (typeof SCOPES)[number]["name"];

export interface CreateKeyDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onIssued: (issued: IssuedKey) => void;
}

export function CreateKeyDialog({ isOpen, onClose, onIssued }: CreateKeyDialogProps) {
  const { permissions } = useSession();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["extension:read"]);
  const [days, setDays] = useState<string>(DEFAULT_EXPIRY);
  const [isTried, setIsTried] = useState(false);
  const issue = useIssueKey();
  const close = () => {
    setName("");
    setScopes(["extension:read"]);
    setDays(DEFAULT_EXPIRY);
    setIsTried(false);
    issue.reset();
    onClose();
  };
  const create = () => {
    setIsTried(true);
    if (name.trim() === "" || scopes.length === 0) return;
    issue.mutate(
      { name: name.trim(), permissions: [...scopes], expires_at: expiryOf(days, new Date()) },
      {
        onSuccess: (issued) => {
          close();
          onIssued(issued);
        },
      },
    );
  };
  const isGivable = (scope: Scope) => permissions.includes(scope) || permissions.includes("platform:admin");
  return (
    <Dialog
      open={isOpen}
      onClose={close}
      title="Create an API key"
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" type="submit" form={FORM} busy={issue.isPending}>
            Create
          </Button>
        </>
      }
    >
      <Form id={FORM} onSubmit={create}>
        <TextField
          label="Name"
          hint="Who uses it, such as ci. Keys of one name act as one principal."
          autoComplete="off"
          maxLength={200}
          value={name}
          error={isTried && name.trim() === "" ? "A key has a name." : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <fieldset className="plain-fieldset">
          <legend>What it may do</legend>
          {SCOPES.filter(({ name: scope }) => isGivable(scope)).map(({ name: scope, hint }) => (
            <Checkbox
              key={scope}
              label={scope}
              hint={hint}
              checked={scopes.includes(scope)}
              onChange={(isOn) =>
                setScopes((before) => (isOn ? [...before, scope] : before.filter((one) => one !== scope)))
              }
            />
          ))}
          {isTried && scopes.length === 0 && <p role="alert">Choose at least one.</p>}
        </fieldset>
        <Select label="Ends" options={EXPIRIES} value={days} onChange={setDays} />
        <Refused error={issue.error} />
      </Form>
    </Dialog>
  );
}
