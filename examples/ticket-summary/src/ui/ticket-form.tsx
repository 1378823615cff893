import { Button, Stack, TextArea, TextField } from "@annex/ui-kit";
import { useState } from "react";

import type { Ticket } from "../handler/ticket.ts";

/** A ticket with one message, typed by hand. */
export function TicketForm({ onSummarise }: { onSummarise: (ticket: Ticket) => Promise<void> }) {
  const [id, setId] = useState("");
  const [subject, setSubject] = useState("");
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const isComplete = [id, subject, text].every((one) => one.trim() !== "");

  async function send() {
    setBusy(true);
    await onSummarise({ id: id.trim(), subject, messages: [{ author: "customer", text }] });
    setBusy(false);
  }

  return (
    <Stack>
      <TextField label="Ticket" value={id} onChange={(event) => setId(event.target.value)} maxLength={64} />
      <TextField label="Subject" value={subject} onChange={(event) => setSubject(event.target.value)} maxLength={300} />
      <TextArea label="Message" value={text} onChange={(event) => setText(event.target.value)} rows={5} />
      <Stack direction="row">
        <Button variant="primary" busy={isBusy} disabled={!isComplete} onClick={send}>
          Summarise
        </Button>
      </Stack>
    </Stack>
  );
}
