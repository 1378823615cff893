import { Link } from "react-router";
import { readConfig } from "../config.ts";
import { useSessionDoor } from "../session/session-context.ts";
import { ThemeSwitch } from "./theme-switch.tsx";

const { docsUrl } = readConfig();

/** Where one is and who one is; help stands in the same place on every page. */
export function TopBar() {
  const { session, signOut } = useSessionDoor();
  return (
    <header className="top-bar">
      <Link className="brand" to="/">
        Annex
      </Link>
      <span className="tenant" title={`Tenant ${session.tenant.id}`}>
        {session.tenant.name}
      </span>
      <span className="spread" />
      <ThemeSwitch />
      <a href={docsUrl} target="_blank" rel="noreferrer">
        Help
      </a>
      <span className="principal">{session.principal.name}</span>
      <button type="button" onClick={() => void signOut()}>
        Sign out
      </button>
    </header>
  );
}
