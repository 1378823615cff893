/** Runs in the head before anything is drawn, so that the chosen theme never flashes in later. */

import { readThemeChoice, showTheme } from "./theme-choice.ts";

showTheme(readThemeChoice());
