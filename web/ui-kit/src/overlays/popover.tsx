import { type ReactNode, useId, useRef, useState } from "react";
import { Button, type ButtonProps } from "../actions/button.tsx";
import { useFloating } from "./use-floating.ts";

export interface PopoverProps extends Omit<ButtonProps, "children" | "popover" | "content" | "onClick"> {
  /** The words on the button that opens it. */
  trigger: ReactNode;
  /** The name of what opens. */
  label: string;
  children: ReactNode;
  align?: "start" | "center" | "end" | undefined;
}

/** More about one thing, on a press; Esc or a press elsewhere closes it and the focus returns. */
export function Popover({ trigger, label, children, align = "start", ...button }: PopoverProps) {
  const id = useId();
  const anchor = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useFloating(anchor, panel, open, "below", align);
  return (
    <>
      <Button
        {...button}
        ref={anchor}
        popoverTarget={id}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
      >
        {trigger}
      </Button>
      <div
        ref={panel}
        id={id}
        className="annex-popover"
        popover="auto"
        role="dialog"
        aria-label={label}
        tabIndex={-1}
        onToggle={(event) => {
          setOpen(event.newState === "open");
          if (event.newState === "open") event.currentTarget.focus();
        }}
      >
        {children}
      </div>
    </>
  );
}
