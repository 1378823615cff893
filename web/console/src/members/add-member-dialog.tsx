/** Adds a member before the first sign-in, or a service for API keys. */

import { Button, Dialog, Form, Select, TextField } from "@annex/ui-kit";
import { useState } from "react";
import { Refused } from "../writing/refused.tsx";
import { useAddMember } from "./use-members.ts";

const FORM = "add-member-form";
const KINDS = [
  { value: "user", label: "A person" },
  { value: "service", label: "A program" },
];

export function AddMemberDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"user" | "service">("user");
  const [issuer, setIssuer] = useState("");
  const [subject, setSubject] = useState("");
  const [isTried, setIsTried] = useState(false);
  const add = useAddMember();
  const isHalf = (issuer.trim() === "") !== (subject.trim() === "");
  const close = () => {
    setName("");
    setIssuer("");
    setSubject("");
    setIsTried(false);
    add.reset();
    onClose();
  };
  const save = () => {
    setIsTried(true);
    if (name.trim() === "" || isHalf) return;
    const signsIn = issuer.trim() === "" ? {} : { issuer: issuer.trim(), subject: subject.trim() };
    add.mutate({ name: name.trim(), kind, ...signsIn }, { onSuccess: close });
  };
  const half = isTried && isHalf ? "Issuer and subject come together." : undefined;
  return (
    <Dialog
      open={isOpen}
      onClose={close}
      title="Add a member"
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" type="submit" form={FORM} busy={add.isPending}>
            Add
          </Button>
        </>
      }
    >
      <Form id={FORM} onSubmit={save}>
        <TextField
          label="Name"
          maxLength={200}
          value={name}
          error={isTried && name.trim() === "" ? "A member has a name." : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label="What it is"
          options={KINDS}
          value={kind}
          onChange={(value) => setKind(value === "service" ? "service" : "user")}
        />
        <TextField
          label="Issuer"
          optional
          hint="Whose tokens they sign in with, such as https://login.example.com/realms/main."
          value={issuer}
          error={half}
          onChange={(event) => setIssuer(event.currentTarget.value)}
        />
        <TextField
          label="Subject"
          optional
          hint="Who they are there: the sub of their tokens."
          value={subject}
          error={half}
          onChange={(event) => setSubject(event.currentTarget.value)}
        />
        <Refused error={add.error} />
      </Form>
    </Dialog>
  );
}
