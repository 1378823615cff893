/** The design tokens: every value the kit draws with, by its custom property without `--annex-`. */

/** A colour in the light theme, the dark one, and both again where the reader asks for more contrast. */
export interface ColourToken {
  light: string;
  dark: string;
  lightContrast?: string;
  darkContrast?: string;
  /** The predecessor's custom property that may set it, too. */
  alga?: string;
  about: string;
}

export const colours: Record<string, ColourToken> = {
  page: {
    light: "#f6f7f9",
    dark: "#12151a",
    lightContrast: "#ffffff",
    darkContrast: "#000000",
    alga: "bg",
    about: "behind everything",
  },
  surface: {
    light: "#ffffff",
    dark: "#191d24",
    darkContrast: "#0a0a0a",
    alga: "card-bg",
    about: "cards, tables, dialogs",
  },
  sunken: { light: "#eef0f4", dark: "#0e1116", alga: "muted", about: "code, wells, table heads" },
  hover: { light: "#f0f3f8", dark: "#222833", about: "a row or entry under the pointer" },
  text: {
    light: "#1a1f27",
    dark: "#e7eaef",
    lightContrast: "#000000",
    darkContrast: "#ffffff",
    alga: "fg",
    about: "text",
  },
  muted: {
    light: "#565f6c",
    dark: "#a5aebb",
    lightContrast: "#2b3038",
    darkContrast: "#d8dde4",
    alga: "muted-fg",
    about: "second lines, hints",
  },
  border: {
    light: "#d9dee5",
    dark: "#2f3641",
    lightContrast: "#565f6c",
    darkContrast: "#a5aebb",
    alga: "border",
    about: "lines that only divide",
  },
  control: {
    light: "#7b8593",
    dark: "#7d8898",
    lightContrast: "#2b3038",
    darkContrast: "#d8dde4",
    about: "the edge of a field or switch",
  },
  accent: {
    light: "#2457c5",
    dark: "#86acff",
    lightContrast: "#163c8f",
    darkContrast: "#b3cbff",
    alga: "primary",
    about: "the primary action, what is selected",
  },
  "accent-hover": { light: "#1b469f", dark: "#a5c2ff", about: "the primary action under the pointer" },
  "on-accent": { light: "#ffffff", dark: "#0b1324", alga: "primary-foreground", about: "text on accent" },
  "accent-soft": { light: "#e6eefc", dark: "#1d2a45", about: "behind what is selected" },
  link: {
    light: "#1f50b5",
    dark: "#9dbcff",
    lightContrast: "#163c8f",
    darkContrast: "#c3d6ff",
    about: "links, and text on accent-soft",
  },
  focus: {
    light: "#2457c5",
    dark: "#9dbcff",
    lightContrast: "#000000",
    darkContrast: "#ffffff",
    about: "the ring around what has the focus",
  },
  danger: {
    light: "#b3261e",
    dark: "#ff9a91",
    lightContrast: "#8a140d",
    about: "destructive actions, invalid fields",
  },
  "danger-hover": { light: "#8f1c15", dark: "#ffb3ac", about: "a destructive action under the pointer" },
  "on-danger": { light: "#ffffff", dark: "#2c0a07", about: "text on danger" },
  "danger-soft": { light: "#fdecea", dark: "#3a1d1c", about: "behind an error" },
  "danger-text": {
    light: "#98201a",
    dark: "#ffb8b1",
    lightContrast: "#6d0f0a",
    darkContrast: "#ffd5d1",
    alga: "danger",
    about: "an error's words",
  },
  "warning-soft": { light: "#fdf2d9", dark: "#392b10", about: "behind a warning" },
  "warning-text": {
    light: "#744800",
    dark: "#f5cd80",
    lightContrast: "#4f3100",
    darkContrast: "#ffe3ae",
    alga: "warning",
    about: "a warning's words",
  },
  "success-soft": { light: "#e3f4e9", dark: "#14311f", about: "behind what went well" },
  "success-text": {
    light: "#19633a",
    dark: "#8adca8",
    lightContrast: "#0d4425",
    darkContrast: "#bdf0cf",
    alga: "success",
    about: "words of what went well",
  },
  "info-soft": { light: "#e5f1f8", dark: "#142c3b", about: "behind a remark" },
  "info-text": {
    light: "#1b567b",
    dark: "#96cff3",
    lightContrast: "#0f3b57",
    darkContrast: "#c6e6fb",
    about: "a remark's words",
  },
  "neutral-soft": { light: "#e9ecf1", dark: "#2a313c", about: "behind a plain badge" },
  "neutral-text": {
    light: "#434b57",
    dark: "#c5ccd6",
    lightContrast: "#2b3038",
    darkContrast: "#e7eaef",
    about: "a plain badge's words",
  },
  backdrop: { light: "#10141a80", dark: "#000000a6", about: "over the page, below a dialog" },
};

/** A token that is the same in every theme. */
export interface PlainToken {
  value: string;
  type: "dimension" | "fontFamily" | "fontWeight" | "duration" | "shadow" | "number";
  alga?: string;
  about: string;
}

export const plain: Record<string, PlainToken> = {
  "space-half": { value: "0.25rem", type: "dimension", about: "half a step" },
  "space-1": { value: "0.5rem", type: "dimension", about: "one step of the grid" },
  "space-2": { value: "1rem", type: "dimension", about: "two steps" },
  "space-3": { value: "1.5rem", type: "dimension", about: "three steps" },
  "space-4": { value: "2rem", type: "dimension", about: "four steps" },
  "space-6": { value: "3rem", type: "dimension", about: "six steps" },
  "radius-small": { value: "0.25rem", type: "dimension", about: "badges, checkboxes" },
  "radius-medium": { value: "0.375rem", type: "dimension", alga: "radius", about: "buttons, fields" },
  "radius-large": { value: "0.5rem", type: "dimension", about: "cards, dialogs" },
  "radius-round": { value: "999px", type: "dimension", about: "pills, switches" },
  "font-body": {
    value: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    type: "fontFamily",
    about: "text",
  },
  "font-code": {
    value: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
    type: "fontFamily",
    about: "code, hashes, ids",
  },
  "font-size-small": { value: "0.8125rem", type: "dimension", about: "second lines, badges" },
  "font-size-body": { value: "0.875rem", type: "dimension", about: "text" },
  "font-size-large": { value: "1rem", type: "dimension", about: "headings of sections" },
  "font-size-title": { value: "1.375rem", type: "dimension", about: "the heading of a page" },
  "font-line": { value: "1.5", type: "number", about: "height of a line, in its font's size" },
  "font-strong": { value: "600", type: "fontWeight", about: "headings, labels" },
  "size-small": { value: "1.5rem", type: "dimension", about: "height of a small control" },
  "size-medium": { value: "2rem", type: "dimension", about: "height of a control" },
  "size-large": { value: "2.5rem", type: "dimension", about: "height of a large control, and of a row" },
  "shadow-raised": { value: "0 1px 2px #10141a1a", type: "shadow", about: "cards" },
  "shadow-floating": {
    value: "0 4px 16px #10141a33, 0 1px 3px #10141a26",
    type: "shadow",
    about: "menus, popovers, dialogs",
  },
  "focus-width": { value: "2px", type: "dimension", about: "the ring around what has the focus" },
  "focus-offset": { value: "2px", type: "dimension", about: "between that ring and its element" },
  "duration-fast": { value: "120ms", type: "duration", about: "hover, press" },
  "duration-slow": { value: "240ms", type: "duration", about: "drawers" },
};

/** Pairs that are drawn one on the other, with the contrast WCAG 2.2 AA asks of them. */
export const pairs: readonly { on: string; over: string; least: 3 | 4.5 }[] = [
  ...["page", "surface", "sunken", "hover"].flatMap((over) => [
    { on: "text", over, least: 4.5 as const },
    { on: "muted", over, least: 4.5 as const },
    { on: "link", over, least: 4.5 as const },
    { on: "danger-text", over, least: 4.5 as const },
    { on: "control", over, least: 3 as const },
    { on: "accent", over, least: 3 as const },
    { on: "focus", over, least: 3 as const },
    { on: "danger", over, least: 3 as const },
  ]),
  ...["danger", "warning", "success", "info", "neutral"].flatMap((tone) => [
    { on: `${tone}-text`, over: `${tone}-soft`, least: 4.5 as const },
    { on: `${tone}-text`, over: "surface", least: 4.5 as const },
    { on: "text", over: `${tone}-soft`, least: 4.5 as const },
    { on: "link", over: `${tone}-soft`, least: 4.5 as const },
    { on: "focus", over: `${tone}-soft`, least: 3 as const },
  ]),
  { on: "on-accent", over: "accent", least: 4.5 },
  { on: "on-accent", over: "accent-hover", least: 4.5 },
  { on: "on-danger", over: "danger", least: 4.5 },
  { on: "on-danger", over: "danger-hover", least: 4.5 },
  { on: "link", over: "accent-soft", least: 4.5 },
  { on: "text", over: "accent-soft", least: 4.5 },
  { on: "muted", over: "accent-soft", least: 4.5 },
];
