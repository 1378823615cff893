/** The fields a refusal names (`INVALID_INSTALL_CONFIG`), by name, so that each says what is wrong with it. */

import { ApiError } from "../api/api-error.ts";
import { isRecord } from "../consent/manifest-facts.ts";

export function refusedFields(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {};
  const listed = error.details["errors"];
  if (!Array.isArray(listed)) return {};
  const pairs = listed.filter(isRecord).map((problem) => {
    const pointer = String(problem["pointer"] ?? "");
    const name = pointer.split("/")[1] ?? "";
    return [name.replaceAll("~1", "/").replaceAll("~0", "~"), String(problem["message"] ?? "")];
  });
  return Object.fromEntries(pairs);
}
