/** Keys for the list on a page: rows, their links, what is copied and chosen. */

const ROWS = "main .annex-data-table tbody tr, main .annex-table tbody tr";

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(ROWS)];
}

function focused(all: readonly HTMLElement[]): number {
  return all.findIndex((row) => row.contains(document.activeElement));
}

/** Moves the focus to the link of the next or previous row, or to its first control. */
export function moveRow(step: 1 | -1): void {
  const all = rows();
  const at = focused(all);
  const next = at < 0 ? (step === 1 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
  all[next]?.querySelector<HTMLElement>("a[href], button, input")?.focus();
}

/** Copies the id or hash of the focused row. */
export function copyRow(): void {
  const all = rows();
  all[focused(all)]?.querySelector<HTMLElement>(".annex-copy button")?.click();
}

/** Chooses the focused row, or no longer. */
export function selectRow(): void {
  const all = rows();
  all[focused(all)]?.querySelector<HTMLElement>("[data-choice] input")?.click();
}

/** Goes to the field that filters the page. */
export function focusFilter(): void {
  const field = "main [data-shortcut=filter], main input[type=search]";
  document.querySelector<HTMLElement>(field)?.focus();
}

/** Follows the next or previous tab of an extension. */
export function moveTab(step: 1 | -1): void {
  const tabs = [...document.querySelectorAll<HTMLAnchorElement>("nav.page-tabs a")];
  const at = tabs.findIndex((tab) => tab.getAttribute("aria-current") === "page");
  if (at >= 0) tabs[at + step]?.click();
}
