import { Alert, Page, Skeleton } from "@annex/ui-kit";

import type { Routes } from "./routes.ts";
import { Summaries } from "./summaries.tsx";
import { useHost } from "./use-host.ts";

export function App() {
  const connection = useHost<Routes>();
  return (
    <Page title="Ticket summaries">
      {connection.status === "connecting" && <Skeleton lines={3} />}
      {connection.status === "failed" && (
        <Alert tone="danger" title="This page stands alone">
          {connection.error.message} Open it from the console.
        </Alert>
      )}
      {connection.status === "connected" && <Summaries api={connection.host.api} />}
    </Page>
  );
}
