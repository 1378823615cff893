/** What becomes of an upload: asks for its publication, or finds out what came of that. Never throws. */

import { ApiError } from "../api/api-error.ts";
import type { Publication, Upload } from "./upload.ts";

/** A wish to publish, whole: whoever repeats it repeats all of it. */
export interface Asked {
  readonly uploadId: string;
  readonly contentHash: string;
  /** Makes repeats the same attempt, so that none of them publishes anything else. */
  readonly idempotencyKey: string;
  /** The signature it was sent with; null for a bundle that is not signed. */
  readonly signature: string | null;
}

/** The two calls that settle an upload. */
export interface UploadCalls {
  /** Null for an upload that the registry does not know any more. */
  readonly read: (uploadId: string) => Promise<Upload | null>;
  readonly finalize: (asked: Asked) => Promise<Publication>;
}

export type Outcome =
  | { readonly kind: "published"; readonly publication: Publication }
  | { readonly kind: "refused"; readonly error: ApiError }
  /** Asked, and not answered: it may be published. */
  | { readonly kind: "unknown" }
  /** Nothing was decided; the upload is as it was. */
  | { readonly kind: "undecided"; readonly error: ApiError }
  /** Nobody asked for its publication, and nobody does it now. */
  | { readonly kind: "not-asked" }
  | { readonly kind: "forgotten" }
  | { readonly kind: "failed"; readonly error: unknown };

/** Its first request is still being worked on. */
const UNDER_WAY = "IDEMPOTENCY_IN_PROGRESS";
const UNAUTHORIZED = 401;
const TOO_MANY = 429;
const REFUSED = 422;
const FAULT = 500;

export async function publishAsked(asked: Asked, calls: UploadCalls): Promise<Outcome> {
  try {
    return { kind: "published", publication: await calls.finalize(asked) };
  } catch (error) {
    return outcomeOf(error);
  }
}

/** Looks first. What is still open is asked for again exactly as it was, or left alone where nobody asked. */
export async function findOut(uploadId: string, asked: Asked | null, calls: UploadCalls): Promise<Outcome> {
  let upload: Upload | null;
  try {
    upload = await calls.read(uploadId);
  } catch (error) {
    return lookedInVain(error);
  }
  if (upload?.publication) return { kind: "published", publication: upload.publication };
  if (upload?.refusal) return { kind: "refused", error: refusalOf(upload.refusal) };
  if (upload?.state !== "receiving" && upload?.state !== "staged") return { kind: "forgotten" };
  return asked === null ? { kind: "not-asked" } : publishAsked(asked, calls);
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof ApiError)) return { kind: "failed", error };
  // A fault may come after the publication as well as before it.
  if (error.status === 0 || error.status >= FAULT || error.code === UNDER_WAY) return { kind: "unknown" };
  const isUndecided = error.status === UNAUTHORIZED || error.status === TOO_MANY;
  return { kind: isUndecided ? "undecided" : "refused", error };
}

function lookedInVain(error: unknown): Outcome {
  const outcome = outcomeOf(error);
  // That one may not look says nothing about the upload.
  return outcome.kind === "refused" ? { kind: "undecided", error: outcome.error } : outcome;
}

function refusalOf(refusal: NonNullable<Upload["refusal"]>): ApiError {
  // With which status it was refused then is not kept.
  const unkept = { status: REFUSED, hint: null, requestId: null, docs: null };
  return new ApiError({ ...unkept, ...refusal });
}
