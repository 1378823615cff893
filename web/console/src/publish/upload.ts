/** The calls of a publish: open or go on with an upload, send the rest, publish what was sent. */

import { ApiError } from "../api/api-error.ts";
import { ask } from "../api/ask.ts";
import { answerOf, api } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { toBase64 } from "../log/bytes.ts";
import type { Asked } from "./settle.ts";

export type Upload = components["schemas"]["UploadView"];
export type Publication = components["schemas"]["Publication"];

const PART_BYTES = 4 * 1024 * 1024;
const TRIES = 4;
const PAUSE_MS = 500;
/** The registry forgets what is not published in time; its bytes are simply sent again. */
const GONE = new Set(["UPLOAD_NOT_FOUND", "UPLOAD_EXPIRED"]);

export function openUpload(file: Blob, contentHash: string): Promise<Upload> {
  const body = { size_bytes: file.size, content_hash: contentHash, extension: null, version: null };
  return answerOf(api.POST("/api/v1/uploads", { body }));
}

/** Reads an upload and what became of it; null for one that is forgotten. */
export async function readUpload(uploadId: string): Promise<Upload | null> {
  const params = { path: { upload_id: uploadId } };
  try {
    return await answerOf(api.GET("/api/v1/uploads/{upload_id}", { params }));
  } catch (error) {
    if (error instanceof ApiError && GONE.has(error.code)) return null;
    throw error;
  }
}

/** Sends what the upload does not have yet. A part whose answer was lost is asked about before it is sent again. */
export async function sendRest(
  file: Blob,
  upload: Upload,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let offset = upload.offset;
  let failures = 0;
  while (offset < file.size) {
    onProgress(offset);
    try {
      offset = await sendPart(file, upload.upload_id, offset, signal);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!(error instanceof ApiError && error.isUnreachable) || failures === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** failures));
      offset = (await readUpload(upload.upload_id))?.offset ?? offset;
    }
  }
  onProgress(offset);
}

async function sendPart(file: Blob, uploadId: string, offset: number, signal: AbortSignal): Promise<number> {
  const part = await file.slice(offset, offset + PART_BYTES).arrayBuffer();
  const digest = toBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", part)));
  const headers = {
    "content-type": "application/octet-stream",
    "content-digest": `sha-256=:${digest}:`,
    "upload-offset": String(offset),
  };
  const answer = await ask(`/api/v1/uploads/${uploadId}`, { method: "PATCH", headers, body: part, signal });
  return Number(answer.headers.get("upload-offset"));
}

/** Publishes what was sent; repeated with the same wish, it answers the same. */
export function finalize({ uploadId, signature, idempotencyKey }: Asked): Promise<Publication> {
  const body = {
    signature: signature === null ? null : { algorithm: "dsse-ed25519", text: signature },
    manifest: null,
  };
  const params = { path: { upload_id: uploadId }, header: { "idempotency-key": idempotencyKey } };
  return answerOf(api.POST("/api/v1/uploads/{upload_id}/finalize", { params, body }));
}

export async function giveUp(uploadId: string): Promise<void> {
  await api.DELETE("/api/v1/uploads/{upload_id}", { params: { path: { upload_id: uploadId } } });
}
