import { Link } from "../links/link.tsx";
import { useStrings } from "../strings/strings-provider.tsx";

/** A page above this one; the last, without `href`, is this one. */
export interface Crumb {
  label: string;
  href?: string | undefined;
}

/** The way from the start to this page. */
export function Breadcrumbs({ items }: { items: readonly Crumb[] }) {
  const strings = useStrings();
  return (
    <nav className="annex-breadcrumbs" aria-label={strings.breadcrumbs}>
      <ol>
        {items.map((item) => (
          <li key={`${item.href} ${item.label}`}>
            {item.href === undefined ? (
              <span aria-current="page">{item.label}</span>
            ) : (
              <Link href={item.href}>{item.label}</Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
