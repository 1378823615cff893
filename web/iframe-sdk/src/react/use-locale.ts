import { useTold } from "./use-told.ts";

export const useLocale = (): string => useTold("locale");
