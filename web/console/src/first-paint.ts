/** Runs before the first paint, so that nobody sees the other theme for a moment. */

import { applyTheme, storedTheme } from "./shell/theme.ts";

applyTheme(storedTheme());
