/** Who did something: "you", or the principal's id. */

import { IdText } from "@annex/ui-kit";
import { useSession } from "../session/session-context.ts";

export function Who({ principalId }: { principalId: string | null | undefined }) {
  const { principal } = useSession();
  if (principalId === null || principalId === undefined) return <>the platform</>;
  if (principalId === principal.id) return <>you</>;
  return <IdText value={principalId} what="principal id" />;
}
