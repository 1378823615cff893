import { ExecutionList } from "../../executions/execution-list.tsx";
import { useExtensionNames } from "../../installs/use-extension-names.ts";
import { PageHead } from "../../shell/page-head.tsx";

/** What ran in the tenant. */
export default function ExecutionsPage() {
  const nameOf = useExtensionNames();
  return (
    <>
      <PageHead title="Executions" subtitle="Calls, schedule runs and event deliveries of every extension." />
      <ExecutionList nameOf={nameOf} />
    </>
  );
}
