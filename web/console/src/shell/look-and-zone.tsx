import { Select, useZone } from "@annex/ui-kit";
import { useState } from "react";
import { applyTheme, storedTheme, storeTheme, THEMES, type Theme } from "./theme.ts";
import { useChooseZone } from "./zone-choice.tsx";

const WORDS: Record<Theme, string> = { system: "System theme", light: "Light theme", dark: "Dark theme" };

export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  const choose = (value: string) => {
    const chosen = THEMES.find((name) => name === value) ?? "system";
    applyTheme(chosen);
    storeTheme(chosen);
    setTheme(chosen);
  };
  const options = THEMES.map((name) => ({ value: name, label: WORDS[name] }));
  return <Select label="Theme" hideLabel value={theme} options={options} onChange={choose} />;
}

export function ZoneSwitch() {
  const zone = useZone();
  const choose = useChooseZone();
  const options = [
    { value: "local", label: "Local time" },
    { value: "utc", label: "UTC" },
  ];
  return (
    <Select
      label="Time zone"
      hideLabel
      value={zone}
      options={options}
      onChange={(value) => choose(value === "utc" ? "utc" : "local")}
    />
  );
}
