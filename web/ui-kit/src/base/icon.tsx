const paths = {
  check: "M3 8.5 6.5 12 13 4.5",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M6 6V3h7v7h-3M3 6h7v7H3z",
  down: "M4 6l4 4 4-4",
  up: "M4 10l4-4 4 4",
  next: "M6 4l4 4-4 4",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5 14 14",
  more: "M3 8h.01M8 8h.01M13 8h.01",
  sort: "M5 6l3-3 3 3M5 10l3 3 3-3",
  ascending: "M4 9l4-4 4 4",
  descending: "M4 7l4 4 4-4",
  info: "M8 7v4.5M8 4.5h.01M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z",
  success: "M5 8.2 7.2 10.5 11 6M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z",
  warning: "M8 6v3.5M8 11.8h.01M8 2 1.5 13.5h13z",
  danger: "M8 4.5V9M8 11.5h.01M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z",
  menu: "M2 4h12M2 8h12M2 12h12",
  external: "M9 3h4v4M13 3 7.5 8.5M11 9.5V13H3V5h3.5",
  file: "M4 1.5h5l3 3v10H4zM9 1.5v3h3",
} as const;

export type IconName = keyof typeof paths;

/** A small drawing beside words; hidden from screen readers, since the words say it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="annex-icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
