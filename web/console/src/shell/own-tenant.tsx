import { Link, Outlet, useParams } from "react-router";
import { useSession } from "../session/session-context.ts";
import { PageHead } from "./page-head.tsx";

/** Below an address of another tenant nothing is shown: a session is of one tenant. */
export function OwnTenant() {
  const { tenant } = useSession();
  const { tenant: asked } = useParams();
  if (asked === tenant.slug) return <Outlet />;
  return (
    <>
      <PageHead title="Another tenant" />
      <p>
        You are signed in for {tenant.name}. Sign in for {asked} to see this page, or{" "}
        <Link to="/">go to the extensions of {tenant.name}</Link>.
      </p>
    </>
  );
}
