import { Link, StatusText } from "@annex/ui-kit";
import { useTenantPath } from "../session/use-tenant-path.ts";
import { useProblems } from "./use-problems.ts";

const TONES = { failing: "danger", consent: "warning", quota: "warning" } as const;

/** Above the extensions: at most three things to look at first, each a link to where it is mended. */
export function ProblemsStrip() {
  const problems = useProblems();
  const tenantPath = useTenantPath();
  return (
    <section className="problems" aria-label="Problems" aria-live="polite" hidden={problems.length === 0}>
      <ul>
        {problems.map(({ kind, text, path }) => (
          <li key={text}>
            <StatusText tone={TONES[kind]}>
              <Link href={tenantPath(path)}>{text}</Link>
            </StatusText>
          </li>
        ))}
      </ul>
    </section>
  );
}
