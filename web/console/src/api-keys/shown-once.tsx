/** A key's text, shown this once; the dialog closes when somebody says that it is stored. */

import { Alert, Button, Checkbox, Code, Dialog } from "@annex/ui-kit";
import { useState } from "react";
import type { IssuedKey } from "./use-api-keys.ts";

export function ShownOnce({ issued, onClose }: { issued: IssuedKey | null; onClose: () => void }) {
  const [isStored, setIsStored] = useState(false);
  const close = () => {
    // Esc and the close button wait for the tick, too: the text is nowhere else.
    if (!isStored) return;
    setIsStored(false);
    onClose();
  };
  return (
    <Dialog
      open={issued !== null}
      onClose={close}
      title={`The key ${issued?.name ?? ""}`}
      actions={
        <Button variant="primary" disabled={!isStored} onClick={close}>
          Close
        </Button>
      }
    >
      <Alert tone="warning" announce="none">
        This is shown once. Whoever has it may do what the key may.
      </Alert>
      {issued !== null && (
        <Code block label="API key">
          {issued.api_key}
        </Code>
      )}
      <Checkbox label="I have stored it" checked={isStored} onChange={setIsStored} />
    </Dialog>
  );
}
