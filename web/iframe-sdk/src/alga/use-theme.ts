import { useEffect, useState } from "react";
import type { IframeBridge } from "./iframe-bridge.ts";
import { subscribeTheme } from "./subscribe-theme.ts";

export function useTheme(bridge: IframeBridge): Readonly<Record<string, string>> {
  const [tokens, setTokens] = useState(() => bridge.getThemeTokens());
  useEffect(() => subscribeTheme(bridge, setTokens), [bridge]);
  return tokens;
}
