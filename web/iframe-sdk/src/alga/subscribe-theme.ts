import type { IframeBridge } from "./iframe-bridge.ts";

/** Hear of the design tokens now and at each change; the answer ends it. */
export function subscribeTheme(
  bridge: IframeBridge,
  listener: (tokens: Readonly<Record<string, string>>) => void,
): () => void {
  const known = bridge.getThemeTokens();
  if (Object.keys(known).length) listener(known);
  return bridge.on(({ type, payload }) => {
    if (type === "theme") listener(payload as Readonly<Record<string, string>>);
  });
}
