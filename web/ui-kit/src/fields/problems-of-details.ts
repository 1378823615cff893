import type { FieldProblem } from "./error-summary.tsx";

/**
 * Read the `details` of a refusal, as `AnnexError` carries them: `errors`, each with a `pointer` into what was
 * sent and a `message`. `fieldOf` gives the id of the field for a pointer, or nothing where there is none.
 */
export function problemsOfDetails(
  details: unknown,
  fieldOf: (pointer: string) => string | undefined,
): FieldProblem[] {
  if (typeof details !== "object" || details === null || !("errors" in details)) return [];
  if (!Array.isArray(details.errors)) return [];
  return details.errors.filter(isFinding).map(({ pointer, message }) => {
    const field = fieldOf(pointer);
    return field === undefined ? { text: `${pointer} ${message}`.trim() } : { field, text: message };
  });
}

function isFinding(value: unknown): value is { pointer: string; message: string } {
  if (typeof value !== "object" || value === null || !("pointer" in value) || !("message" in value))
    return false;
  return typeof value.pointer === "string" && typeof value.message === "string";
}
