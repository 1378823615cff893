/** The upload this browser began and what was asked of it, so that a reload or a lost answer goes on with it. */

import type { Asked } from "./settle.ts";

export interface KeptUpload {
  readonly uploadId: string;
  readonly fileName: string;
  readonly contentHash: string;
  /** What its publication was asked for with; null as long as nobody asked. */
  readonly asked: Pick<Asked, "idempotencyKey" | "signature"> | null;
}

const KEY = "annex.upload.";

export function keptUpload(tenantId: string): KeptUpload | null {
  try {
    return keptOf(JSON.parse(localStorage.getItem(KEY + tenantId) ?? "null"));
  } catch {
    return null;
  }
}

export function keepUpload(tenantId: string, upload: KeptUpload): void {
  try {
    localStorage.setItem(KEY + tenantId, JSON.stringify(upload));
  } catch {
    // Without storage the upload goes on, and a reload begins anew.
  }
}

export function dropUpload(tenantId: string): void {
  try {
    localStorage.removeItem(KEY + tenantId);
  } catch {
    // There is nothing to drop.
  }
}

/** The wish as it was sent; null where none was. */
export function askedOf({ uploadId, contentHash, asked }: KeptUpload): Asked | null {
  return asked && { uploadId, contentHash, ...asked };
}

/** Reads what was kept; null for what is no upload. */
export function keptOf(value: unknown): KeptUpload | null {
  if (typeof value !== "object" || value === null) return null;
  const { uploadId, fileName, contentHash, asked } = value as Record<string, unknown>;
  if (typeof uploadId !== "string" || typeof fileName !== "string" || typeof contentHash !== "string")
    return null;
  return { uploadId, fileName, contentHash, asked: wishOf(asked) };
}

/** Half a wish is none: without its signature it would be another one. */
function wishOf(value: unknown): KeptUpload["asked"] {
  if (typeof value !== "object" || value === null) return null;
  const { idempotencyKey, signature } = value as Record<string, unknown>;
  if (typeof idempotencyKey !== "string") return null;
  return signature === null || typeof signature === "string" ? { idempotencyKey, signature } : null;
}
