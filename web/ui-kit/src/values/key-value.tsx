import type { ReactNode } from "react";
import { None } from "./none.tsx";

export interface KeyValueProps {
  items: readonly { label: string; value: ReactNode }[];
}

/** Facts about one thing, name and value; "–" where there is none. */
export function KeyValue({ items }: KeyValueProps) {
  return (
    <dl className="annex-key-value">
      {items.map((item) => (
        <div key={item.label} className="annex-key-value-row">
          <dt>{item.label}</dt>
          <dd>
            {item.value === null || item.value === undefined || item.value === "" ? <None /> : item.value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
