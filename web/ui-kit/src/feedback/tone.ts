import type { IconName } from "../base/icon.tsx";

/** How serious something is; said in words beside, never by the colour alone. */
export type Tone = "neutral" | "info" | "success" | "warning" | "danger";

export const toneIcons: Record<Tone, IconName> = {
  neutral: "info",
  info: "info",
  success: "success",
  warning: "warning",
  danger: "danger",
};
