/** Where a publish is; each step has only the facts that are known by then. */

import type { ApiError } from "../api/api-error.ts";
import type { Publication } from "./upload.ts";

export type PublishState =
  | { readonly step: "idle" }
  | { readonly step: "hashing"; readonly done: number }
  | { readonly step: "ready"; readonly contentHash: string }
  | { readonly step: "sending"; readonly contentHash: string; readonly done: number }
  | { readonly step: "checking"; readonly contentHash: string }
  | { readonly step: "published"; readonly publication: Publication; readonly seconds: number | null }
  | { readonly step: "refused"; readonly contentHash: string | null; readonly error: ApiError }
  /** It was sent, and no answer came: it may be published. The same upload settles it. */
  | { readonly step: "unknown"; readonly contentHash: string; readonly uploadId: string }
  | { readonly step: "failed"; readonly error: unknown };

export function isUnderWay({ step }: PublishState): boolean {
  return step === "sending" || step === "checking" || step === "unknown";
}
