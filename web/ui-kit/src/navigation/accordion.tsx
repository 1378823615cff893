import { type ReactNode, useId } from "react";
import { Icon } from "../base/icon.tsx";

export interface AccordionItem {
  id: string;
  title: ReactNode;
  content: ReactNode;
  open?: boolean | undefined;
}

export interface AccordionProps {
  items: readonly AccordionItem[];
  /** Opening one closes the others. */
  exclusive?: boolean | undefined;
}

/** Parts that open and close; the browser's own, so find-in-page opens what it finds in. */
export function Accordion({ items, exclusive = false }: AccordionProps) {
  const name = useId();
  return (
    <div className="annex-accordion">
      {items.map((item) => (
        <details key={item.id} className="annex-details" open={item.open} name={exclusive ? name : undefined}>
          <summary>
            <Icon name="next" />
            {item.title}
          </summary>
          <div className="annex-details-content">{item.content}</div>
        </details>
      ))}
    </div>
  );
}
