import type { ErrorCode } from "../contract/messages.ts";

export type DropReason =
  | "wrong_source"
  | "wrong_origin"
  | "wrong_nonce"
  | "unknown_version"
  | "replayed"
  | "too_large"
  | "too_many"
  | "invalid"
  | "not_opened"
  | "closed"
  | "envelope_not_allowed";

/** What happened on a bridge, for a counter or an inspector. */
export type BridgeReport =
  | { readonly kind: "dropped"; readonly reason: DropReason; readonly detail?: string | undefined }
  | {
      readonly kind: "called";
      readonly method: string;
      readonly ms: number;
      readonly code?: ErrorCode | undefined;
    }
  | { readonly kind: "noted"; readonly name: string }
  | { readonly kind: "closed"; readonly reason: string };
