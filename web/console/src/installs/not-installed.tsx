/** What an extension's pages about its install show where there is none. */

import { useSession } from "../session/session-context.ts";
import { useCan } from "../session/use-can.ts";
import { useExtension } from "../shell/extension-context.ts";
import { Empty } from "../states/empty.tsx";
import { InstallLink } from "./install-link.tsx";

export function NotInstalled() {
  const { extension } = useExtension();
  const { tenant } = useSession();
  const mayInstall = useCan("extension:write");
  return (
    <Empty
      title={`${extension} is not installed in ${tenant.name}.`}
      actions={mayInstall && <InstallLink>Install {extension}</InstallLink>}
    />
  );
}
