const NAME = /^--(annex|alga)-[a-z0-9-]+$/;
const LONGEST = 200;

/**
 * Take over custom properties a host sends, `--annex-…` or the predecessor's `--alga-…`.
 * Other names, and values that could load something, are left out. Returns what takes them back.
 */
export function applyThemeVars(
  vars: Readonly<Record<string, string>>,
  target: HTMLElement = document.documentElement,
): () => void {
  const set = Object.entries(vars).filter(([name, value]) => NAME.test(name) && isHarmless(value));
  for (const [name, value] of set) target.style.setProperty(name, value);
  return () => {
    for (const [name] of set) target.style.removeProperty(name);
  };
}

function isHarmless(value: string): boolean {
  return value.length <= LONGEST && !/url\s*\(|image|@|\\/i.test(value);
}
