import { Alert, Button, Bytes, FileField, Form, HashText, Progress, Stack } from "@annex/ui-kit";
import { useEffect, useState } from "react";
import { useBlocker } from "react-router";
import { writeCommands } from "../../commands/write-commands.ts";
import type { KeptUpload } from "../../publish/kept-upload.ts";
import { isUnderWay, type PublishState } from "../../publish/publish-state.ts";
import { usePublish } from "../../publish/use-publish.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { Failed } from "../../states/failed.tsx";
import { CopyCommand } from "../../writing/copy-command.tsx";
import { CheckList } from "./check-list.tsx";
import { LeaveDialog } from "./leave-dialog.tsx";
import { Published } from "./published.tsx";
import { Refused } from "./refused.tsx";
import { Unfinished } from "./unfinished.tsx";

export default function PublishPage() {
  const { state, choose, publish, find, reset } = usePublish();
  const [file, setFile] = useState<File | null>(null);
  const [signatureFile, setSignatureFile] = useState<File | null>(null);
  const isBusy = isUnderWay(state);
  const blocker = useBlocker(isBusy);
  useWarningBeforeUnload(isBusy);
  const send = async () => {
    if (file === null || state.step !== "ready") return;
    await publish(file, state.contentHash, (await signatureFile?.text()) ?? null);
  };
  const take = (taken: File | null) => {
    setFile(taken);
    void choose(taken);
  };
  return (
    <>
      <PageHead
        title="Publish a version"
        subtitle="A version is published once and for ever. It can be yanked later, and never changed."
      />
      {state.step === "idle" && <Unfinished find={(upload) => void find(upload)} />}
      {state.step === "published" ? (
        <Published publication={state.publication} seconds={state.seconds} again={reset} />
      ) : (
        <Form onSubmit={() => void send()}>
          <FileField
            label="Bundle"
            hint="What annex pack wrote: a file that ends with .tar.zst."
            accept=".zst,.tar.zst,application/zstd"
            disabled={isBusy}
            onChange={take}
          />
          <FileField
            label="Signature"
            hint="The file that ends with .sig beside it, if the bundle is signed."
            accept=".sig,.json"
            optional
            disabled={isBusy}
            onChange={setSignatureFile}
          />
          {file !== null && <LocalFacts file={file} state={state} />}
          <Stack direction="row">
            <Button
              type="submit"
              variant="primary"
              busy={isBusy}
              disabled={state.step !== "ready" && !isBusy}
            >
              Publish
            </Button>
            {/* The command signs with a key and takes no signature that was made elsewhere. */}
            {file !== null && signatureFile === null && (
              <CopyCommand command={writeCommands.publish(file.name)} />
            )}
          </Stack>
        </Form>
      )}
      <CheckList state={state} />
      {state.step === "refused" && <Refused error={state.error} contentHash={state.contentHash} />}
      {state.step === "open" && <NotPublished {...state} />}
      {state.step === "failed" && <Failed error={state.error} title="This could not be published" />}
      {state.step === "unknown" && <Unknown find={() => void find(state.upload)} />}
      {blocker.state === "blocked" && <LeaveDialog leave={blocker.proceed} stay={blocker.reset} />}
    </>
  );
}

/** What this browser found out about the file, before anything leaves it. */
function LocalFacts({ file, state }: { file: File; state: PublishState }) {
  const size = (done: number) => (
    <>
      <Bytes value={done} /> of <Bytes value={file.size} />
    </>
  );
  if (state.step === "hashing") {
    return <Progress label="Hashing here" value={state.done} max={file.size} text={size(state.done)} />;
  }
  if (state.step === "sending") {
    return <Progress label="Sending" value={state.done} max={file.size} text={size(state.done)} />;
  }
  const contentHash = "contentHash" in state ? state.contentHash : null;
  if (contentHash === null) return null;
  return (
    <p>
      Content hash of your file: <HashText value={contentHash} />
    </p>
  );
}

function Unknown({ find }: { find: () => void }) {
  return (
    <Alert
      tone="warning"
      title="The outcome is not known"
      actions={
        <Button variant="primary" onClick={find}>
          Find out
        </Button>
      }
    >
      The bundle was sent and no answer came. It may be published. Asking again with the same upload, key and
      signature settles it and publishes nothing twice.
    </Alert>
  );
}

function NotPublished({ upload, why }: { upload: KeptUpload; why: "not-asked" | "forgotten" }) {
  const { fileName } = upload;
  if (why === "forgotten") {
    return (
      <Alert tone="warning" title={`The registry knows nothing of the upload of ${fileName} any more`}>
        Choose the file again to publish it. A version that is published already is named then.
      </Alert>
    );
  }
  return (
    <Alert tone="warning" title={`${fileName} is not published`}>
      It was sent, and nobody asked for it to be published. Choose the same file again, with its signature if
      it is signed, and publish it.
    </Alert>
  );
}

function useWarningBeforeUnload(isNeeded: boolean): void {
  useEffect(() => {
    if (!isNeeded) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isNeeded]);
}
