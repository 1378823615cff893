import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useSession } from "../session/session-context.ts";
import { hashFile } from "./hash-file.ts";
import { dropUpload, keepUpload, keptUpload } from "./kept-upload.ts";
import type { PublishState } from "./publish-state.ts";
import { finalize, openUpload, readUpload, sendRest, type Upload } from "./upload.ts";

/** Goes through a publish: hash here, send, have it checked, and settle what became of it. */
export function usePublish() {
  const [state, setState] = useState<PublishState>({ step: "idle" });
  const tenantId = useSession().tenant.id;
  const queries = useQueryClient();
  const running = useRef<AbortController | null>(null);

  const begin = useCallback(() => {
    running.current?.abort();
    running.current = new AbortController();
    return running.current.signal;
  }, []);
  useEffect(() => () => running.current?.abort(), []);

  const choose = useCallback(
    async (file: File | null) => {
      const signal = begin();
      if (file === null) return setState({ step: "idle" });
      setState({ step: "hashing", done: 0 });
      try {
        const contentHash = await hashFile(file, (done) => setState({ step: "hashing", done }), signal);
        if (!signal.aborted) setState({ step: "ready", contentHash });
      } catch (error) {
        if (!signal.aborted) setState({ step: "failed", error });
      }
    },
    [begin],
  );

  const settle = useCallback(
    async (upload: { uploadId: string; contentHash: string }, signature: string | null) => {
      const { uploadId, contentHash } = upload;
      const started = performance.now();
      setState({ step: "checking", contentHash });
      try {
        const publication = await finalize(uploadId, signature);
        dropUpload(tenantId);
        setState({ step: "published", publication, seconds: (performance.now() - started) / 1000 });
        await queries.invalidateQueries({ queryKey: ["extensions"] });
        await queries.invalidateQueries({ queryKey: ["versions"] });
      } catch (error) {
        if (!(error instanceof ApiError)) return setState({ step: "failed", error });
        if (error.isUnreachable) return setState({ step: "unknown", contentHash, uploadId });
        dropUpload(tenantId);
        setState({ step: "refused", contentHash, error });
      }
    },
    [queries, tenantId],
  );

  const publish = useCallback(
    async (file: File, contentHash: string, signature: string | null) => {
      const signal = begin();
      setState({ step: "sending", contentHash, done: 0 });
      try {
        const upload = await uploadFor(file, contentHash, tenantId);
        keepUpload(tenantId, { uploadId: upload.upload_id, fileName: file.name, contentHash });
        await sendRest(file, upload, (done) => setState({ step: "sending", contentHash, done }), signal);
        await settle({ uploadId: upload.upload_id, contentHash }, signature);
      } catch (error) {
        if (signal.aborted) return;
        setState(
          error instanceof ApiError ? { step: "refused", contentHash, error } : { step: "failed", error },
        );
      }
    },
    [begin, settle, tenantId],
  );

  const reset = useCallback(() => {
    begin();
    setState({ step: "idle" });
  }, [begin]);
  return { state, choose, publish, settle, reset };
}

/** Goes on with the upload that was begun for the very same bytes, or opens one. */
async function uploadFor(file: File, contentHash: string, tenantId: string): Promise<Upload> {
  const kept = keptUpload(tenantId);
  if (kept?.contentHash === contentHash) {
    const upload = await readUpload(kept.uploadId);
    if (upload?.state === "receiving" || upload?.state === "staged") return upload;
  }
  return openUpload(file, contentHash);
}
