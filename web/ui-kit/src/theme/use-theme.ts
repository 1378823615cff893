import { useSyncExternalStore } from "react";
import {
  chooseTheme,
  currentTheme,
  onThemeChange,
  readThemeChoice,
  type Theme,
  type ThemeChoice,
} from "./theme-choice.ts";

/** The theme that is seen, what the reader chose, and a way to choose. */
export function useTheme(): { theme: Theme; choice: ThemeChoice; setChoice: (choice: ThemeChoice) => void } {
  const theme = useSyncExternalStore(onThemeChange, currentTheme, () => "light" as const);
  const choice = useSyncExternalStore(onThemeChange, readThemeChoice, () => "system" as const);
  return { theme, choice, setChoice: chooseTheme };
}
