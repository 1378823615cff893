/** The upload this browser began, so that a reload or a lost answer goes on with it. */

export interface KeptUpload {
  readonly uploadId: string;
  readonly fileName: string;
  readonly contentHash: string;
}

const KEY = "annex.upload.";

export function keptUpload(tenantId: string): KeptUpload | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY + tenantId) ?? "null");
    return isKept(value) ? value : null;
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

function isKept(value: unknown): value is KeptUpload {
  if (typeof value !== "object" || value === null) return false;
  return ["uploadId", "fileName", "contentHash"].every(
    (name) => typeof Reflect.get(value, name) === "string",
  );
}
