/** Where a publish is; each step has only the facts that are known by then. */

import type { ApiError } from "../api/api-error.ts";
import type { KeptUpload } from "./kept-upload.ts";
import type { Outcome } from "./settle.ts";
import type { Publication } from "./upload.ts";

export type PublishState =
  | { readonly step: "idle" }
  | { readonly step: "hashing"; readonly done: number }
  | { readonly step: "ready"; readonly contentHash: string }
  | { readonly step: "sending"; readonly contentHash: string; readonly done: number }
  | { readonly step: "checking"; readonly contentHash: string }
  | { readonly step: "published"; readonly publication: Publication; readonly seconds: number | null }
  | { readonly step: "refused"; readonly contentHash: string | null; readonly error: ApiError }
  /** It was asked for, and no answer came: it may be published. The very same wish settles it. */
  | { readonly step: "unknown"; readonly contentHash: string; readonly upload: KeptUpload }
  /** Nothing came of an upload that was begun before: nobody asked for its publication, or it is forgotten. */
  | { readonly step: "open"; readonly upload: KeptUpload; readonly why: "not-asked" | "forgotten" }
  | { readonly step: "failed"; readonly error: unknown };

export function isUnderWay({ step }: PublishState): boolean {
  return step === "sending" || step === "checking" || step === "unknown";
}

/** Whether it is settled for good, so that the browser need not keep the upload. */
export function isSettled({ kind }: Outcome): boolean {
  return kind === "published" || kind === "refused" || kind === "forgotten";
}

export function stateOf(outcome: Outcome, upload: KeptUpload, seconds: number | null): PublishState {
  const { contentHash } = upload;
  switch (outcome.kind) {
    case "published":
      return { step: "published", publication: outcome.publication, seconds };
    case "refused":
    case "undecided":
      return { step: "refused", contentHash, error: outcome.error };
    case "unknown":
      return { step: "unknown", contentHash, upload };
    case "failed":
      return { step: "failed", error: outcome.error };
    case "not-asked":
    case "forgotten":
      return { step: "open", upload, why: outcome.kind };
  }
}
