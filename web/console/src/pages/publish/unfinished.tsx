import { Alert, Button } from "@annex/ui-kit";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { dropUpload, type KeptUpload, keptUpload } from "../../publish/kept-upload.ts";
import { giveUp, readUpload } from "../../publish/upload.ts";
import { useSession } from "../../session/session-context.ts";

export interface UnfinishedProps {
  readonly find: (upload: KeptUpload) => void;
}

/** Says that an upload was begun before the page was loaded, and how to go on with it. */
export function Unfinished({ find }: UnfinishedProps) {
  const tenantId = useSession().tenant.id;
  const [kept, setKept] = useState(() => keptUpload(tenantId));
  const upload = useQuery({
    queryKey: ["upload", kept?.uploadId],
    queryFn: () => readUpload(kept?.uploadId ?? ""),
    enabled: kept !== null,
  });
  if (kept === null || !upload.data) return null;
  const { offset, size_bytes: size, state } = upload.data;
  const forget = () => {
    dropUpload(tenantId);
    setKept(null);
    void giveUp(kept.uploadId).catch(() => undefined);
  };
  const isSent = offset === size || state === "published" || state === "refused";
  const actions = (
    <>
      {isSent && <Button onClick={() => find(kept)}>Find out what became of it</Button>}
      <Button variant="quiet" onClick={forget}>
        Give it up
      </Button>
    </>
  );
  return (
    <Alert title={`${kept.fileName} was not finished`} actions={actions} announce="none">
      {isSent
        ? "All of it was sent before this page was loaded anew."
        : `${Math.floor((100 * offset) / size)} % was sent. Choose the same file again, and the rest is sent.`}
    </Alert>
  );
}
