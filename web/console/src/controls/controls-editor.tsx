/** One place: what holds, what is said, the way to say something else, and who said what before. */

import { Alert, Button, Code, Section, Stack, TextField, useToast } from "@annex/ui-kit";
import { useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { controlsWords } from "../commands/controls-words.ts";
import { type ControlsPlace, writeCommands } from "../commands/write-commands.ts";
import { Queried } from "../states/queried.tsx";
import { CopyCommand } from "../writing/copy-command.tsx";
import { Refused } from "../writing/refused.tsx";
import { draftOf, readDraft } from "./controls-draft.ts";
import { ControlsForm } from "./controls-form.tsx";
import { ControlsHistory } from "./controls-history.tsx";
import { EffectiveControls } from "./effective-controls.tsx";
import { type ControlsView, useControls, useSetControls } from "./use-controls.ts";

export interface ControlsEditorProps {
  readonly place: ControlsPlace;
  /** "your tenant", "the whole platform". */
  readonly whose: string;
  readonly isReadOnly: boolean;
}

const CHANGED_MEANWHILE = "CONTROLS_CHANGED_MEANWHILE";

export function ControlsEditor(props: ControlsEditorProps) {
  return (
    <Queried query={useControls(props.place)} what="controls">
      {(view) => (
        <>
          {view.effective && <EffectiveControls effective={view.effective} />}
          {/* Another revision is another form: what is typed belongs to the one it was begun on. */}
          <Said key={view.revision} view={view} {...props} />
          <ControlsHistory place={props.place} />
        </>
      )}
    </Queried>
  );
}

function Said({ view, place, whose, isReadOnly }: ControlsEditorProps & { view: ControlsView }) {
  const [draft, setDraft] = useState(() => draftOf(view));
  const [reason, setReason] = useState("");
  const [isTried, setIsTried] = useState(false);
  const set = useSetControls(place);
  const toast = useToast();
  const { said, problems } = readDraft(draft);
  const words = controlsWords(view, said);
  const missing = reason.trim() === "" ? ["Say why: the history keeps it."] : [];
  const isChangedMeanwhile = set.error instanceof ApiError && set.error.code === CHANGED_MEANWHILE;
  const save = () => {
    setIsTried(true);
    if (problems.length + missing.length > 0) return;
    set.mutate(
      { ...said, revision: view.revision, reason: reason.trim() },
      { onSuccess: () => toast({ text: `The controls of ${whose} are changed` }) },
    );
  };
  return (
    <Section
      title={`What is said about ${whose}`}
      description="A change holds on every gateway within seconds."
    >
      <ControlsForm
        draft={draft}
        onChange={setDraft}
        isReadOnly={isReadOnly}
        isOfExtension={place.kind === "own-extension" || place.kind === "tenant-extension"}
        saysEntitlement={place.kind === "platform" || place.kind === "tenant"}
      />
      {!isReadOnly && (
        <TextField
          label="Reason"
          hint="Kept in the history."
          value={reason}
          maxLength={500}
          error={isTried ? missing[0] : undefined}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      )}
      {isTried && problems.length > 0 && (
        <Alert tone="danger" title="This cannot be saved yet">
          <ul>
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </Alert>
      )}
      <Refused error={set.error} />
      {isChangedMeanwhile && (
        <p>
          Somebody else changed it meanwhile. <Code>Reload</Code> the page to begin with what is said now;
          nothing of yours was saved.
        </p>
      )}
      {!isReadOnly && (
        <Stack direction="row">
          <Button variant="primary" busy={set.isPending} disabled={words.length === 0} onClick={save}>
            Save
          </Button>
          {words.length > 0 && <Button onClick={() => setDraft(draftOf(view))}>Discard</Button>}
          {words.length > 0 && problems.length === 0 && (
            <CopyCommand command={writeCommands.setControls(place, words, reason.trim() || "say why")} />
          )}
        </Stack>
      )}
    </Section>
  );
}
