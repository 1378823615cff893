import { Empty as KitEmpty } from "@annex/ui-kit";
import type { ReactNode } from "react";

export interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** Nothing is here yet; the words say what would be, and what makes it so. */
export function Empty({ title, children, actions }: EmptyProps) {
  return (
    <KitEmpty title={title} actions={actions}>
      {children}
    </KitEmpty>
  );
}
