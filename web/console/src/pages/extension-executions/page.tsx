import { ExecutionList } from "../../executions/execution-list.tsx";
import { useExtension } from "../../shell/extension-context.ts";

/** What ran of one extension. */
export default function ExtensionExecutionsPage() {
  const { segment, extension } = useExtension();
  return <ExecutionList extension={{ segment, name: extension }} />;
}
