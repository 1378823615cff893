import { ConfirmDialog } from "@annex/ui-kit";

/** Leaving ends the sending; what was sent stays for a day, so that it can be gone on with. */
export function LeaveDialog({ leave, stay }: { leave: () => void; stay: () => void }) {
  return (
    <ConfirmDialog
      open
      title="Leave while it is being published?"
      verb="Leave"
      onConfirm={leave}
      onCancel={stay}
    >
      The sending stops. Come back and choose the same file to go on with it.
    </ConfirmDialog>
  );
}
