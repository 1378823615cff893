export type ThemeChoice = "system" | "light" | "dark";
export type Theme = "light" | "dark";

const KEY = "annex-theme";
const CHANGED = "annex-theme-changed";

/** What the reader chose on this device; `system` where nothing is kept or nothing may be kept. */
export function readThemeChoice(): ThemeChoice {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return shownChoice();
  }
}

/** Show a theme and keep the choice. */
export function chooseTheme(choice: ThemeChoice): void {
  showTheme(choice);
  try {
    if (choice === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // A frame of an opaque origin has no storage; the choice then lasts as long as the page.
  }
  window.dispatchEvent(new Event(CHANGED));
}

/** Mark the page with a theme; `system` leaves it to the browser. */
export function showTheme(choice: ThemeChoice): void {
  if (choice === "system") document.documentElement.removeAttribute("data-annex-theme");
  else document.documentElement.setAttribute("data-annex-theme", choice);
}

/** The theme that is seen now. */
export function currentTheme(): Theme {
  const shown = shownChoice();
  if (shown !== "system") return shown;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Be told when the choice or the system's theme changes, in this window or another. Returns its end. */
export function onThemeChange(listener: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const elsewhere = (event: StorageEvent) => {
    if (event.key !== KEY) return;
    showTheme(readThemeChoice());
    listener();
  };
  system.addEventListener("change", listener);
  window.addEventListener(CHANGED, listener);
  window.addEventListener("storage", elsewhere);
  return () => {
    system.removeEventListener("change", listener);
    window.removeEventListener(CHANGED, listener);
    window.removeEventListener("storage", elsewhere);
  };
}

function shownChoice(): ThemeChoice {
  const shown = document.documentElement.getAttribute("data-annex-theme");
  return shown === "light" || shown === "dark" ? shown : "system";
}
