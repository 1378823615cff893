import { useMemo } from "react";
import { useNavigate } from "react-router";
import {
  executionsCommand,
  limitsCommand,
  logsCommand,
  versionsCommand,
} from "../commands/running-commands.ts";
import { useInstalls } from "../installs/use-installs.ts";
import { TENANT_PAGES } from "../routes.tsx";
import { can, type Permission } from "../session/session.ts";
import { useSession } from "../session/session-context.ts";
import { useTenantPath } from "../session/use-tenant-path.ts";
import { usePaletteGroups } from "./palette-actions.ts";
import type { PaletteEntry } from "./palette-entry.ts";

/** Everything the palette offers here: the page's own actions, pages, and what there is of each extension. */
export function usePaletteEntries(help: () => void): readonly PaletteEntry[] {
  const navigate = useNavigate();
  const tenantPath = useTenantPath();
  const session = useSession();
  const groups = usePaletteGroups();
  const { data } = useInstalls();
  return useMemo(() => {
    const go = (path: string) => () => void navigate(tenantPath(path));
    const pages = TENANT_PAGES.filter(
      ({ nav, permission }) => nav !== undefined && (permission === undefined || can(session, permission)),
    ).map(
      ({ path, title }): PaletteEntry => ({
        id: `page ${path}`,
        label: `Go to ${title.toLowerCase()}`,
        run: go(`/${path}`),
      }),
    );
    const extensions = (data ?? []).flatMap(({ extension }) =>
      ofExtension(extension, (permission) => can(session, permission), go),
    );
    const shortcuts = { id: "shortcuts", label: "Keyboard shortcuts", run: help };
    return [...groups.toReversed().flat(), ...pages, ...extensions, shortcuts];
  }, [navigate, tenantPath, session, groups, data, help]);
}

function ofExtension(
  extension: string,
  may: (permission: Permission) => boolean,
  go: (path: string) => () => void,
): PaletteEntry[] {
  const at = (below: string) => go(`/extensions/${extension}${below}`);
  const entry = (
    id: string,
    label: string,
    below: string,
    command?: PaletteEntry["command"],
  ): PaletteEntry => ({
    id: `${extension} ${id}`,
    label: `${label} ${extension}`,
    run: at(below),
    ...(command !== undefined && { command }),
  });
  return [
    entry("overview", "Extension", ""),
    entry("open", "Open", "/open"),
    entry("versions", "Versions of", "/versions", versionsCommand(extension)),
    entry("executions", "Executions of", "/executions", executionsCommand({ extension })),
    ...(may("extension:debug")
      ? [entry("logs", "Live debug of", "/debug", logsCommand({ extension, follow: true }))]
      : []),
    entry("limits", "Limits of", "", limitsCommand(extension)),
  ];
}
