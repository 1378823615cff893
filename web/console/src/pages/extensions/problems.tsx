import { Alert, Link } from "@annex/ui-kit";
import type { InstalledRow } from "../../extensions/installed-row.ts";
import { useTenantPath } from "../../session/use-tenant-path.ts";

const MOST = 3;

/** What needs somebody, above everything else; at most three of it. */
export function Problems({ rows }: { rows: readonly InstalledRow[] }) {
  const tenantPath = useTenantPath();
  const troubled = rows.filter(({ state }) => state === "failing" || state === "needs-consent");
  if (troubled.length === 0) return null;
  const more = troubled.length - MOST;
  return (
    <Alert tone="warning" title="Needs attention" announce="none">
      <ul>
        {troubled.slice(0, MOST).map((row) => (
          <li key={row.extension}>
            <Link href={tenantPath(`/extensions/${row.extension}`)}>{row.name}</Link>: {sentenceOf(row)}
          </li>
        ))}
      </ul>
      {more > 0 && <p>And {more} more below.</p>}
    </Alert>
  );
}

function sentenceOf({ state, activity, version }: InstalledRow): string {
  if (state === "needs-consent") return `${version} asks for rights that nobody decided about yet.`;
  const [failures, runs] = [activity?.failures ?? 0, activity?.runs ?? 0];
  return `${failures} of ${runs} runs failed in the last 24 hours.`;
}
