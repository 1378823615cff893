import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useRef } from "react";
import { IconButton } from "../actions/icon-button.tsx";
import { classNames } from "../base/class-names.ts";
import { Icon } from "../base/icon.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { keepFocusInside } from "./keep-focus-inside.ts";

export interface ModalProps {
  open: boolean;
  /** Called on Esc and on the close button; the page then sets `open` to false. */
  onClose: () => void;
  title: string;
  children?: ReactNode;
  /** Buttons at the end, the primary one last. */
  actions?: ReactNode;
  className?: string | undefined;
  /** Where the focus starts; without it, at the first element inside. */
  initialFocus?: RefObject<HTMLElement | null> | undefined;
  role?: "dialog" | "alertdialog" | undefined;
}

/** What Dialog and Drawer share: the browser's own modal, with the focus kept inside and given back. */
export function Modal({
  open,
  onClose,
  title,
  children,
  actions,
  className,
  initialFocus,
  role,
}: ModalProps) {
  const strings = useStrings();
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null || !open) return;
    const before = document.activeElement;
    element.showModal();
    initialFocus?.current?.focus();
    return () => {
      element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [open, initialFocus]);
  const keys = (event: KeyboardEvent<HTMLDialogElement>) => {
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.preventDefault();
      onClose();
    }
    keepFocusInside(event);
  };
  return (
    <dialog
      ref={dialog}
      className={classNames("annex-modal", className)}
      aria-labelledby={titleId}
      role={role}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={keys}
    >
      {open && (
        <>
          <header className="annex-modal-head">
            <h2 id={titleId} className="annex-modal-title">
              {title}
            </h2>
            <IconButton label={strings.close} icon={<Icon name="close" />} onClick={onClose} />
          </header>
          <div className="annex-modal-body">{children}</div>
          {actions !== undefined && <footer className="annex-modal-actions">{actions}</footer>}
        </>
      )}
    </dialog>
  );
}
