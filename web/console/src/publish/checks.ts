/** The four checks before a version is published, and which of them a refusal is about. */

export const CHECKS = [
  { id: "content", label: "Content hash and archive" },
  { id: "signature", label: "Signature against the publisher's keys" },
  { id: "manifest", label: "Manifest" },
  { id: "handler", label: "Handler and what it imports" },
] as const;
export type CheckId = (typeof CHECKS)[number]["id"];

const PREFIXES: readonly (readonly [CheckId, readonly string[]])[] = [
  ["content", ["HASH_", "SIZE_", "BUNDLE_", "INVALID_CONTENT_HASH", "LIMIT_"]],
  ["signature", ["SIGNATURE_", "SIGNER_", "CERTIFICATE_"]],
  ["handler", ["HANDLER_", "IMPORT_", "PRECOMPILED_"]],
  [
    "manifest",
    ["MANIFEST_", "INVALID_MANIFEST", "EXTENSION_NAME_", "WILDCARD_", "UI_ENTRY_", "PUBLISHER_NOT_NAMED"],
  ],
];

/** Null for a refusal that came before or after the checks, such as a number that is spent. */
export function failedCheck(code: string): CheckId | null {
  return PREFIXES.find(([, prefixes]) => prefixes.some((prefix) => code.startsWith(prefix)))?.[0] ?? null;
}
