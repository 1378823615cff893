import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";
import { Button, type ButtonSize, type ButtonVariant } from "../actions/button.tsx";
import { IconButton } from "../actions/icon-button.tsx";
import { Icon } from "../base/icon.tsx";
import { useLinkComponent } from "../links/link-provider.tsx";
import { useStrings } from "../strings/strings-provider.tsx";
import { moveInMenu } from "./move-in-menu.ts";
import { useFloating } from "./use-floating.ts";

/** An entry: does something, goes somewhere, or divides. */
export type MenuItem =
  | { label: string; icon?: ReactNode; danger?: boolean; disabled?: boolean; onSelect: () => void }
  | { label: string; icon?: ReactNode; href: string }
  | "separator";

export interface MenuProps {
  items: readonly MenuItem[];
  /** The words on the button; without them it is the three dots. */
  trigger?: ReactNode;
  /** What the menu is about: "Actions of invoice-notes". */
  label?: string | undefined;
  align?: "start" | "end" | undefined;
  variant?: ButtonVariant | undefined;
  size?: ButtonSize | undefined;
}

/** Actions behind one button. Arrows move, Home and End jump, letters find, Esc closes. */
export function Menu({ items, trigger, label, align = "end", variant, size }: MenuProps) {
  const strings = useStrings();
  const id = useId();
  const anchor = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useFloating(anchor, list, open, "below", align);
  const button = {
    ref: anchor,
    popoverTarget: id,
    "aria-haspopup": "menu",
    "aria-expanded": open,
    "aria-controls": open ? id : undefined,
    size,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      list.current?.showPopover();
    },
  } as const;
  const name = label ?? strings.showMenu;
  const close = () => list.current?.hidePopover();
  return (
    <>
      {trigger === undefined ? (
        <IconButton {...button} variant={variant} label={name} icon={<Icon name="more" />} />
      ) : (
        <Button {...button} variant={variant}>
          {trigger}
          <Icon name="down" />
        </Button>
      )}
      <div
        ref={list}
        id={id}
        className="annex-menu"
        popover="auto"
        role="menu"
        aria-label={name}
        tabIndex={-1}
        onKeyDown={(event) => moveInMenu(event, close)}
        onToggle={(event) => {
          const opened = event.newState === "open";
          setOpen(opened);
          if (opened) event.currentTarget.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
        }}
      >
        {items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries have no other identity, and separators none at all
          <Entry key={index} item={item} close={close} />
        ))}
      </div>
    </>
  );
}

function Entry({ item, close }: { item: MenuItem; close: () => void }) {
  const Anchor = useLinkComponent();
  if (item === "separator") return <hr className="annex-menu-separator" />;
  const content = (
    <>
      {item.icon}
      {item.label}
    </>
  );
  if ("href" in item)
    return (
      <Anchor className="annex-menu-item" role="menuitem" tabIndex={-1} href={item.href} onClick={close}>
        {content}
      </Anchor>
    );
  const select = () => {
    if (item.disabled) return;
    close();
    item.onSelect();
  };
  return (
    <button
      type="button"
      className="annex-menu-item"
      role="menuitem"
      tabIndex={-1}
      data-danger={item.danger || undefined}
      aria-disabled={item.disabled || undefined}
      onClick={select}
    >
      {content}
    </button>
  );
}
