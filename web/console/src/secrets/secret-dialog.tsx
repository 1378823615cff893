/** Takes a value once: for a new secret, or in place of one that is there. Nothing of it is shown again. */

import { Button, Dialog, Form, TextField } from "@annex/ui-kit";
import { useRef, useState } from "react";
import { writeCommands } from "../commands/write-commands.ts";
import { CopyCommand } from "../writing/copy-command.tsx";
import { Refused } from "../writing/refused.tsx";
import { useSetSecret } from "./use-secret-writes.ts";

export interface SecretDialogProps {
  readonly extension: string;
  readonly installId: string;
  /** The secret that is replaced; null for a new one. */
  readonly replaced: string | null;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

const FORM = "secret-form";

export function SecretDialog({ extension, installId, replaced, isOpen, onClose }: SecretDialogProps) {
  const [name, setName] = useState("");
  const [until, setUntil] = useState("");
  const [hosts, setHosts] = useState("");
  const [isTried, setIsTried] = useState(false);
  // Not state: what is typed here must not be anywhere but in the field itself.
  const value = useRef<HTMLInputElement>(null);
  const set = useSetSecret(installId);
  const secret = replaced ?? name.trim();
  const hostList = hosts.split(/[\s,]+/u).filter((host) => host !== "");
  const close = () => {
    if (value.current !== null) value.current.value = "";
    set.reset();
    setName("");
    setUntil("");
    setHosts("");
    setIsTried(false);
    onClose();
  };
  const save = () => {
    const text = value.current?.value ?? "";
    setIsTried(true);
    if (secret === "" || text === "") return;
    set.mutate(
      {
        name: secret,
        value: text,
        ...(until === "" ? {} : { expires_at: endOfDay(until) }),
        ...(hostList.length === 0 ? {} : { hosts: hostList }),
      },
      { onSuccess: close },
    );
  };
  const isEmpty = isTried && (value.current?.value ?? "") === "";
  return (
    <Dialog
      open={isOpen}
      onClose={close}
      title={replaced === null ? `Add a secret to ${extension}` : `Replace ${replaced}`}
      actions={
        <>
          {secret !== "" && (
            <CopyCommand
              command={writeCommands.setSecret(
                extension,
                secret,
                until === "" ? undefined : endOfDay(until),
                hostList,
              )}
            />
          )}
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" type="submit" form={FORM} busy={set.isPending}>
            {replaced === null ? "Add" : "Replace"}
          </Button>
        </>
      }
    >
      <Form id={FORM} onSubmit={save}>
        {replaced === null && (
          <TextField
            label="Name"
            hint="As the extension asks for it, such as API_TOKEN."
            code
            autoComplete="off"
            value={name}
            error={isTried && secret === "" ? "A secret has a name." : undefined}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <TextField
          ref={value}
          type="password"
          label="Value"
          hint="Nobody can read it back, you included."
          autoComplete="off"
          defaultValue=""
          error={isEmpty ? "A secret has a value." : undefined}
        />
        <TextField
          label="Ends on"
          optional
          hint="A day such as 2027-01-31, to its end in UTC. Without it only the rotation policy ends its use."
          value={until}
          pattern="\d{4}-\d{2}-\d{2}"
          onChange={(event) => setUntil(event.currentTarget.value)}
        />
        <TextField
          label="Hosts it may be sent to"
          optional
          hint="Where a request says {{secret:NAME}} the platform puts it in, for these hosts only."
          value={hosts}
          onChange={(event) => setHosts(event.currentTarget.value)}
        />
        <Refused error={set.error} />
      </Form>
    </Dialog>
  );
}

function endOfDay(day: string): string {
  return `${day}T23:59:59Z`;
}
