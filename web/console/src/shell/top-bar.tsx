import { Button, Link } from "@annex/ui-kit";
import { readConfig } from "../config.ts";
import { useSessionDoor } from "../session/session-context.ts";
import { ThemeSwitch, ZoneSwitch } from "./look-and-zone.tsx";

const { docsUrl, version } = readConfig();

/** Where one is and who one is; help stands in the same place on every page. */
export function TopBar() {
  const { session, signOut } = useSessionDoor();
  return (
    <header className="top-bar">
      <Link className="brand" href="/">
        Annex
      </Link>
      <span className="tenant" title={`Tenant ${session.tenant.id}`}>
        {session.tenant.name}
      </span>
      <span className="spread" />
      <ZoneSwitch />
      <ThemeSwitch />
      {docsUrl === null ? (
        <span className="version">Annex {version}</span>
      ) : (
        <a className="annex-link" href={docsUrl} target="_blank" rel="noreferrer">
          Help
        </a>
      )}
      <span className="principal">{session.principal.name}</span>
      <Button variant="quiet" onClick={() => void signOut()}>
        Sign out
      </Button>
    </header>
  );
}
