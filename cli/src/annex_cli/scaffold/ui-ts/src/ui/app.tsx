import { Alert, Page, Skeleton } from "@annex/ui-kit";

import { Details } from "./details.tsx";
import { useHost } from "./use-host.ts";

export function App() {
  const connection = useHost();
  return (
    <Page title="__TITLE__">
      {connection.status === "connecting" && <Skeleton lines={3} />}
      {connection.status === "failed" && (
        <Alert tone="danger" title="This page stands alone">
          {connection.error.message} Open it from the console.
        </Alert>
      )}
      {connection.status === "connected" && <Details context={connection.host.context} />}
    </Page>
  );
}
