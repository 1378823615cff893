/** The entry document a manifest names; null where there is none. */
export function entryOf(manifest: unknown): string | null {
  if (typeof manifest !== "object" || manifest === null) return null;
  const { ui } = manifest as { ui?: unknown };
  if (typeof ui !== "object" || ui === null) return null;
  const { entry } = ui as { entry?: unknown };
  return typeof entry === "string" ? entry : null;
}
