import { useState } from "react";
import { applyTheme, storedTheme, storeTheme, THEMES, type Theme } from "./theme.ts";

const WORDS: Record<Theme, string> = { system: "System theme", light: "Light theme", dark: "Dark theme" };

export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  const choose = (chosen: Theme) => {
    applyTheme(chosen);
    storeTheme(chosen);
    setTheme(chosen);
  };
  return (
    <select aria-label="Theme" value={theme} onChange={(event) => choose(event.target.value as Theme)}>
      {THEMES.map((name) => (
        <option key={name} value={name}>
          {WORDS[name]}
        </option>
      ))}
    </select>
  );
}
