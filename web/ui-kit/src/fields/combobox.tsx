import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Icon } from "../base/icon.tsx";
import { useControlled } from "../base/use-controlled.ts";
import { useFloating } from "../overlays/use-floating.ts";
import { useStrings } from "../strings/strings-provider.tsx";
import { type ControlProps, Field, type FieldProps } from "./field.tsx";
import type { SelectOption } from "./select.tsx";
import { splitField } from "./split-field.ts";

export interface ComboboxProps extends FieldProps {
  options: readonly SelectOption[];
  value?: string | undefined;
  defaultValue?: string | undefined;
  /** Told the chosen option's value; empty when the text was emptied. */
  onChange?: ((value: string) => void) | undefined;
  /** Told what is typed, to load other options. */
  onType?: ((text: string) => void) | undefined;
  placeholder?: string | undefined;
  name?: string | undefined;
  disabled?: boolean | undefined;
}

/** One of many, found by typing. Arrows move, Enter chooses, Esc closes, then empties. */
export function Combobox(props: ComboboxProps) {
  const [field, box] = splitField(props);
  return <Field {...field}>{(control) => <Box {...box} control={control} label={field.label} />}</Field>;
}

type BoxProps = Omit<ComboboxProps, keyof FieldProps> & { control: ControlProps; label: string };

function Box({ options, control, label, ...props }: BoxProps) {
  const strings = useStrings();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [value, setValue] = useControlled(props.value, props.defaultValue ?? "", props.onChange);
  const chosen = options.find((option) => option.value === value);
  const [typed, setTyped] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const found = matching(options, typed);
  useFloating(input, list, open, "below", "start");
  const active = open ? found[at] : undefined;
  useEffect(() => {
    if (active !== undefined)
      document.getElementById(`${control.id}-${active.value}`)?.scrollIntoView({ block: "nearest" });
  }, [active, control.id]);
  const close = () => {
    setOpen(false);
    setAt(-1);
    setTyped(null);
  };
  const choose = (option: SelectOption) => {
    if (option.disabled) return;
    setValue(option.value);
    close();
  };
  const type = (text: string) => {
    setTyped(text);
    setOpen(true);
    setAt(text === "" ? -1 : 0);
    props.onType?.(text);
    if (text === "" && value !== "") setValue("");
  };
  const leave = () => (open ? close() : setValue(""));
  const keys = (event: KeyboardEvent) => {
    const act = keyAction(event.key, { open, count: found.length, active, empty: value === "" });
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (act === "open") setOpen(true);
    else if (act === "leave") leave();
    else if (act === "move") setAt(movedTo(event.key, at, found.length));
    else if (active !== undefined) choose(active);
  };
  return (
    <>
      <span className="annex-select">
        <input
          ref={input}
          {...control}
          className="annex-input"
          role="combobox"
          autoComplete="off"
          aria-autocomplete="list"
          aria-expanded={open}
          aria-controls={`${control.id}-list`}
          aria-activedescendant={active === undefined ? undefined : `${control.id}-${active.value}`}
          placeholder={props.placeholder}
          disabled={props.disabled}
          value={typed ?? chosen?.label ?? ""}
          onChange={(event) => type(event.currentTarget.value)}
          onClick={() => setOpen(true)}
          onBlur={close}
          onKeyDown={keys}
        />
        <Icon name="down" />
      </span>
      {props.name !== undefined && <input type="hidden" name={props.name} value={value} />}
      <div
        ref={list}
        id={`${control.id}-list`}
        className="annex-menu annex-options"
        role="listbox"
        aria-label={label}
        popover="manual"
      >
        {found.map((option) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's, which keeps the focus
          // biome-ignore lint/a11y/useFocusableInteractive: named by aria-activedescendant instead
          <div
            key={option.value}
            id={`${control.id}-${option.value}`}
            className="annex-menu-item"
            role="option"
            aria-selected={option.value === value}
            aria-disabled={option.disabled}
            data-active={option === active || undefined}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(option)}
          >
            {option.label}
          </div>
        ))}
        {found.length === 0 && <div className="annex-options-none">{strings.noOptions}</div>}
      </div>
      <span className="annex-hidden" role="status">
        {open &&
          typed !== null &&
          (found.length === 0 ? strings.noOptions : strings.optionCount(found.length))}
      </span>
    </>
  );
}

function matching(options: readonly SelectOption[], typed: string | null): readonly SelectOption[] {
  if (!typed) return options;
  const sought = typed.trim().toLowerCase();
  return options.filter((option) => option.label.toLowerCase().includes(sought));
}

interface State {
  open: boolean;
  count: number;
  active: SelectOption | undefined;
  empty: boolean;
}

function keyAction(key: string, state: State): "open" | "move" | "choose" | "leave" | undefined {
  if (key === "ArrowDown" || key === "ArrowUp") return state.open ? "move" : "open";
  if (key === "PageDown" || key === "PageUp") return state.open ? "move" : undefined;
  if (key === "Enter") return state.active === undefined ? undefined : "choose";
  return key === "Escape" && (state.open || !state.empty) ? "leave" : undefined;
}

function movedTo(key: string, at: number, count: number): number {
  if (count === 0) return -1;
  if (key === "ArrowDown") return (at + 1) % count;
  if (key === "ArrowUp") return at <= 0 ? count - 1 : at - 1;
  return key === "PageDown" ? Math.min(at + 10, count - 1) : Math.max(at - 10, 0);
}
