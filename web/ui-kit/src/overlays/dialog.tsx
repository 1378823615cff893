import { Modal, type ModalProps } from "./modal.tsx";

export interface DialogProps extends Omit<ModalProps, "className"> {
  /** 400, 560 or 800 pixels wide where there is room. */
  size?: "small" | "medium" | "large" | undefined;
}

/** A question or a short task over the page; Esc closes it, the focus returns to where it was. */
export function Dialog({ size = "medium", ...rest }: DialogProps) {
  return <Modal {...rest} className={`annex-dialog annex-dialog-${size}`} />;
}
