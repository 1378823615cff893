import type { Theme } from "../contract/messages.ts";
import { useTold } from "./use-told.ts";

export const useTheme = (): Theme => useTold("theme");
