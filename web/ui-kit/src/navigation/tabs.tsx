import { type KeyboardEvent, type ReactNode, useId } from "react";
import { useControlled } from "../base/use-controlled.ts";
import { moveInRow } from "./move-in-row.ts";

export interface Tab {
  id: string;
  label: string;
  /** After the words: a count or Badge. */
  after?: ReactNode;
  disabled?: boolean | undefined;
  content?: ReactNode;
}

export interface TabsProps {
  /** What the tabs divide: "Extension details". */
  label: string;
  tabs: readonly Tab[];
  selected?: string | undefined;
  defaultSelected?: string | undefined;
  onSelect?: ((id: string) => void) | undefined;
  /** The selected tab's content where the tabs bring none, such as a router's outlet. */
  children?: ReactNode;
}

/** One of several views. Arrows move and select, Home and End jump, Tab goes into the view. */
export function Tabs({ label, tabs, selected, defaultSelected, onSelect, children }: TabsProps) {
  const id = useId();
  const [current, select] = useControlled(selected, defaultSelected ?? tabs[0]?.id ?? "", onSelect);
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const to = moveInRow(event, '[role="tab"]:not([aria-disabled="true"])')?.getAttribute("data-tab");
    if (to) select(to);
  };
  return (
    <div className="annex-tabs">
      <div className="annex-tab-list" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            className="annex-tab"
            role="tab"
            id={`${id}-${tab.id}`}
            data-tab={tab.id}
            aria-selected={tab.id === current}
            aria-controls={tab.id === current ? `${id}-panel` : undefined}
            aria-disabled={tab.disabled || undefined}
            tabIndex={tab.id === current ? 0 : -1}
            onClick={() => !tab.disabled && select(tab.id)}
          >
            {tab.label}
            {tab.after}
          </button>
        ))}
      </div>
      <div
        className="annex-tab-panel"
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${current}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it may hold nothing else the keyboard could reach
        tabIndex={0}
      >
        {tabs.find((tab) => tab.id === current)?.content ?? children}
      </div>
    </div>
  );
}
