const NAMES = /pass(word|wd)|secret|token|api[-_]?key|credential|private[-_]?key/i;
const VALUES = /^(annex(ui)?_[\w-]{16,}|ey[\w-]{8,}\.[\w-]+\.[\w-]+|-----BEGIN [A-Z ]*PRIVATE KEY)/;

/** Name the fields of a value that look like secrets. */
export function secretsIn(value: unknown, at = "state"): readonly string[] {
  if (typeof value === "string") return VALUES.test(value) ? [at] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    NAMES.test(name) && inner !== null && inner !== ""
      ? [`${at}.${name}`]
      : secretsIn(inner, `${at}.${name}`),
  );
}
