import { IdText } from "@annex/ui-kit";
import { useSession } from "../session/session-context.ts";
import type { Execution } from "./execution.ts";

/** On whose behalf something ran. */
export function Caller({ execution }: { execution: Pick<Execution, "principal_id" | "trigger"> }) {
  const { principal } = useSession();
  if (execution.trigger === "schedule") return <>Schedule</>;
  if (execution.trigger === "event") return <>Event</>;
  if (execution.principal_id === principal.id) return <>You</>;
  return <IdText value={execution.principal_id} what="caller" />;
}
