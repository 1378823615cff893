import type { ReactNode } from "react";
import { useLinkComponent } from "../links/link-provider.tsx";
import { useStrings } from "../strings/strings-provider.tsx";

export interface NavItem {
  label: string;
  href: string;
  icon?: ReactNode;
  current?: boolean | undefined;
  /** After the words: a count or Badge. */
  after?: ReactNode;
}

/** Links between the parts of an application. */
export function NavList({ items, label }: { items: readonly NavItem[]; label?: string | undefined }) {
  const strings = useStrings();
  const Anchor = useLinkComponent();
  return (
    <nav className="annex-nav" aria-label={label ?? strings.navigation}>
      <ul>
        {items.map((item) => (
          <li key={item.href}>
            <Anchor
              className="annex-nav-item"
              href={item.href}
              aria-current={item.current ? "page" : undefined}
            >
              {item.icon}
              <span className="annex-nav-label">{item.label}</span>
              {item.after}
            </Anchor>
          </li>
        ))}
      </ul>
    </nav>
  );
}
