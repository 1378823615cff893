import type { Host } from "@annex/iframe-sdk";
import { Alert, Button, Skeleton, Stack, TextField } from "@annex/ui-kit";
import { useEffect, useState } from "react";

import type { Note } from "../handler/notes.ts";
import { NoteList } from "./note-list.tsx";
import type { Routes } from "./routes.ts";

/** The notes, and a field to add one. */
export function Notes({ api }: { api: Host<Routes>["api"] }) {
  const [notes, setNotes] = useState<Note[]>();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  useEffect(() => {
    api.get("/notes").then(
      ({ data }) => setNotes(data.notes),
      (error: Error) => setProblem(error.message),
    );
  }, [api]);

  async function add() {
    setBusy(true);
    setProblem(undefined);
    try {
      const { data } = await api.post("/notes", { json: { text } });
      setNotes((before = []) => [...before, data]);
      setText("");
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Stack gap={3}>
      {problem !== undefined && (
        <Alert tone="danger" title="That did not work">
          {problem}
        </Alert>
      )}
      <TextField label="New note" value={text} onChange={(event) => setText(event.target.value)} maxLength={500} />
      <Stack direction="row">
        <Button variant="primary" busy={isBusy} disabled={text.trim() === ""} onClick={add}>
          Add note
        </Button>
      </Stack>
      {notes === undefined ? problem === undefined && <Skeleton lines={3} /> : <NoteList notes={notes} />}
    </Stack>
  );
}
