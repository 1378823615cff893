import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useSession } from "../session/session-context.ts";
import { hashFile } from "./hash-file.ts";
import { askedOf, dropUpload, type KeptUpload, keepUpload, keptUpload } from "./kept-upload.ts";
import { isSettled, type PublishState, stateOf } from "./publish-state.ts";
import { findOut, type Outcome, publishAsked } from "./settle.ts";
import { finalize, openUpload, readUpload, sendRest, type Upload } from "./upload.ts";

const CALLS = { read: readUpload, finalize };

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
    async (upload: KeptUpload, outcome: Promise<Outcome>) => {
      const started = performance.now();
      setState({ step: "checking", contentHash: upload.contentHash });
      const settled = await outcome;
      if (isSettled(settled)) dropUpload(tenantId);
      setState(stateOf(settled, upload, (performance.now() - started) / 1000));
      if (settled.kind !== "published") return;
      await queries.invalidateQueries({ queryKey: ["extensions"] });
      await queries.invalidateQueries({ queryKey: ["versions"] });
    },
    [queries, tenantId],
  );

  /** Publishes nothing that was not asked for, and repeats a wish exactly. */
  const find = useCallback(
    (upload: KeptUpload) => settle(upload, findOut(upload.uploadId, askedOf(upload), CALLS)),
    [settle],
  );

  const publish = useCallback(
    async (file: File, contentHash: string, signature: string | null) => {
      const signal = begin();
      setState({ step: "sending", contentHash, done: 0 });
      try {
        const upload = await uploadFor(file, contentHash, tenantId);
        const kept = keptFor(file, upload, keptUpload(tenantId));
        keepUpload(tenantId, kept);
        await sendRest(file, upload, (done) => setState({ step: "sending", contentHash, done }), signal);
        const wish = wishFor(kept, signature);
        // Kept before it is sent: whatever happens now, a repeat is this very wish.
        keepUpload(tenantId, { ...kept, asked: wish });
        const asked = { uploadId: kept.uploadId, contentHash, ...wish };
        await settle({ ...kept, asked: wish }, publishAsked(asked, CALLS));
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
  return { state, choose, publish, find, reset };
}

/** The same upload keeps what was asked of it. */
function keptFor(file: File, upload: Upload, before: KeptUpload | null): KeptUpload {
  const { upload_id: uploadId, content_hash: contentHash } = upload;
  const asked = before?.uploadId === uploadId ? before.asked : null;
  return { uploadId, fileName: file.name, contentHash, asked };
}

/** The wish of before where it is the same; another signature makes it another wish. */
function wishFor({ asked }: KeptUpload, signature: string | null): NonNullable<KeptUpload["asked"]> {
  return asked?.signature === signature ? asked : { idempotencyKey: crypto.randomUUID(), signature };
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
