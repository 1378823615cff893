import { type ReactNode, useRef, useState } from "react";
import { Button } from "../actions/button.tsx";
import { TextField } from "../fields/text-field.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { Dialog } from "./dialog.tsx";

export interface ConfirmDialogProps {
  open: boolean;
  onCancel: () => void;
  onConfirm: () => void;
  /** The question with the object's name: "Uninstall invoice-notes from northwind?" */
  title: string;
  /** What follows, and how many are affected. */
  children?: ReactNode;
  /** The verb on the button: "Uninstall", never "OK". */
  verb: string;
  danger?: boolean | undefined;
  busy?: boolean | undefined;
  /** For what cannot be undone: the name to be typed before the button works. */
  typeToConfirm?: string | undefined;
  /** Why the last try failed. */
  error?: ReactNode;
}

/** Asks before what is hard to reverse; the focus starts on Cancel. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const strings = useStrings();
  const cancel = useRef<HTMLButtonElement>(null);
  const [typed, setTyped] = useState("");
  const ready = props.typeToConfirm === undefined || typed.trim() === props.typeToConfirm;
  const close = () => {
    setTyped("");
    props.onCancel();
  };
  const actions = (
    <>
      <Button ref={cancel} onClick={close}>
        {strings.cancel}
      </Button>
      <Button
        variant={props.danger ? "danger" : "primary"}
        busy={props.busy}
        disabled={!ready}
        onClick={props.onConfirm}
      >
        {props.verb}
      </Button>
    </>
  );
  return (
    <Dialog
      open={props.open}
      onClose={close}
      title={props.title}
      size="small"
      role="alertdialog"
      initialFocus={cancel}
      actions={actions}
    >
      {props.children}
      {props.typeToConfirm !== undefined && (
        <TextField
          label={strings.typeToConfirm(props.typeToConfirm)}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      {props.error}
    </Dialog>
  );
}
