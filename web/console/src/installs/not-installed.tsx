/** What an extension's pages about its install show where there is none. */

import { LinkButton } from "@annex/ui-kit";
import { useSession } from "../session/session-context.ts";
import { useCan } from "../session/use-can.ts";
import { useExtension } from "../shell/extension-context.ts";
import { Empty } from "../states/empty.tsx";

export function NotInstalled() {
  const { extension, path } = useExtension();
  const { tenant } = useSession();
  const mayInstall = useCan("extension:write");
  return (
    <Empty
      title={`${extension} is not installed in ${tenant.name}.`}
      actions={
        mayInstall && (
          <LinkButton variant="primary" href={path("/install")}>
            Install {extension}
          </LinkButton>
        )
      }
    />
  );
}
