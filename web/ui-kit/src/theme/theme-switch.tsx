import { ViewSwitcher } from "../navigation/view-switcher.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import type { ThemeChoice } from "./theme-choice.ts";
import { useTheme } from "./use-theme.ts";

/** System, light or dark; kept on this device. */
export function ThemeSwitch() {
  const strings = useStrings();
  const { choice, setChoice } = useTheme();
  const options: { value: ThemeChoice; label: string }[] = [
    { value: "system", label: strings.themeSystem },
    { value: "light", label: strings.themeLight },
    { value: "dark", label: strings.themeDark },
  ];
  return <ViewSwitcher label={strings.theme} options={options} value={choice} onChange={setChoice} />;
}
