import { Alert, Page, Skeleton } from "@annex/ui-kit";

import { Notes } from "./notes.tsx";
import type { Routes } from "./routes.ts";
import { useHost } from "./use-host.ts";

export function App() {
  const connection = useHost<Routes>();
  return (
    <Page title="__TITLE__">
      {connection.status === "connecting" && <Skeleton lines={3} />}
      {connection.status === "failed" && (
        <Alert tone="danger" title="This page stands alone">
          {connection.error.message} Open it from the console.
        </Alert>
      )}
      {connection.status === "connected" && <Notes api={connection.host.api} />}
    </Page>
  );
}
