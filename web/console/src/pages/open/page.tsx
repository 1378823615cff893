import { Alert, Empty, LinkButton } from "@annex/ui-kit";
import { useCallback, useEffect } from "react";
import { readConfig } from "../../config.ts";
import { NotInstalled } from "../../installs/not-installed.tsx";
import type { InstallView } from "../../installs/types.ts";
import { useInstall } from "../../installs/use-installs.ts";
import { useVersion } from "../../installs/use-versions.ts";
import { entryOf } from "../../open/entry-of.ts";
import { ExtensionPage } from "../../open/extension-page.tsx";
import { useExtension } from "../../shell/extension-context.ts";
import { Queried } from "../../states/queried.tsx";

const REFRESH_MS = 5_000;
const { uiHostUrl } = readConfig();

/** Opens an extension, and says so when it may not be open any more. */
export default function OpenPage() {
  const query = useInstall();
  const { refetch } = query;
  const refresh = useCallback(() => void refetch(), [refetch]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") refresh();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [refresh]);
  return (
    <Queried query={query} what="the extension" permission="extension:read">
      {({ install }) =>
        install === null ? <NotInstalled /> : <Opened install={install} refresh={refresh} />
      }
    </Queried>
  );
}

function Opened({ install, refresh }: { install: InstallView; refresh: () => void }) {
  const { name, path } = useExtension();
  const version = useVersion(install.version);
  if (!install.is_enabled) {
    return (
      <Alert
        tone="warning"
        title={`${name} is disabled`}
        actions={<LinkButton href={path("/manage")}>Manage it</LinkButton>}
      >
        It was switched off, so its page is closed. Nothing of it is lost; enable it and open it again.
      </Alert>
    );
  }
  return (
    <Queried query={version} what="the extension's page" permission="extension:read">
      {({ manifest }) => {
        const entry = entryOf(manifest);
        if (entry === null) return <WithoutPage install={install} />;
        if (uiHostUrl === null)
          return (
            <Empty>This platform has no address for pages of extensions. An operator sets UI_HOST_URL.</Empty>
          );
        return (
          <ExtensionPage
            key={install.content_hash}
            install={install}
            uiHostUrl={uiHostUrl}
            entry={entry}
            refresh={refresh}
          />
        );
      }}
    </Queried>
  );
}

function WithoutPage({ install }: { install: InstallView }) {
  const { name, path } = useExtension();
  return (
    <Empty
      title={`${name} has no page`}
      actions={<LinkButton href={path("/executions")}>See its executions</LinkButton>}
    >
      Version {install.version} comes without one. Call its endpoints, or watch what runs.
    </Empty>
  );
}
