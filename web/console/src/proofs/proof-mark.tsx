import { Badge, Popover } from "@annex/ui-kit";
import type { ProofBadge } from "./badge.ts";

/** The verdict in words; pressed, it says who checked what. */
export function ProofMark({ badge }: { badge: ProofBadge }) {
  return (
    <Popover
      variant="quiet"
      size="small"
      trigger={<Badge tone={badge.tone}>{badge.label}</Badge>}
      label="What was checked"
    >
      <p>{badge.sentence}</p>
    </Popover>
  );
}
