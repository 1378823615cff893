import {
  cloneElement,
  type KeyboardEvent,
  type ReactElement,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { useFloating } from "./use-floating.ts";

export interface TooltipProps {
  text: string;
  /** One element that can have the focus; the tooltip describes it. */
  children: ReactElement<{ "aria-describedby"?: string | undefined }>;
  /** The text is already the element's name, so it is not read a second time. */
  names?: boolean | undefined;
  /** Show it whatever the pointer does. */
  open?: boolean | undefined;
}

const DELAY_MS = 300;

/** A few words on hover and on focus; Esc hides them. Never the only place something is said. */
export function Tooltip({ text, children, names = false, open }: TooltipProps) {
  const id = useId();
  const anchor = useRef<HTMLSpanElement>(null);
  const tip = useRef<HTMLSpanElement>(null);
  const [wanted, setWanted] = useState<"no" | "soon" | "yes">("no");
  useEffect(() => {
    if (wanted !== "soon") return;
    const timer = setTimeout(() => setWanted("yes"), DELAY_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const shown = open ?? wanted === "yes";
  useFloating(anchor, tip, shown, "above", "center");
  const hide = () => setWanted("no");
  const hideOnEscape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !shown) return;
    event.stopPropagation();
    hide();
  };
  const leave = (event: { currentTarget: Element }) => {
    // What is reached by the keyboard keeps its words until the focus goes on.
    if (event.currentTarget.querySelector(":focus-visible") === null) hide();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only watches the element inside
    <span
      ref={anchor}
      className="annex-tooltip-anchor"
      onPointerEnter={(event) =>
        event.pointerType !== "touch" && setWanted((now) => (now === "yes" ? now : "soon"))
      }
      onPointerLeave={leave}
      onFocus={(event) => event.target.matches(":focus-visible") && setWanted("yes")}
      onBlur={hide}
      onKeyDown={hideOnEscape}
    >
      {names ? children : cloneElement(children, { "aria-describedby": id })}
      <span
        ref={tip}
        id={id}
        className="annex-tooltip"
        role="tooltip"
        popover="manual"
        aria-hidden={names || undefined}
      >
        {text}
      </span>
    </span>
  );
}
