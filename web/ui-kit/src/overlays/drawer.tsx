import { Modal, type ModalProps } from "./modal.tsx";

export interface DrawerProps extends Omit<ModalProps, "className"> {
  /** The edge it comes from. Default `end`. */
  side?: "start" | "end" | undefined;
}

/** Details beside the list they belong to; modal like Dialog. */
export function Drawer({ side = "end", ...rest }: DrawerProps) {
  return <Modal {...rest} className={`annex-drawer annex-drawer-${side}`} />;
}
