import { Button, copyText, Dialog } from "@annex/ui-kit";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { commandLine } from "../commands/annex-command.ts";
import { useAnnounce } from "../shell/announce.tsx";
import { matching, type PaletteEntry } from "./palette-entry.ts";
import { usePaletteEntries } from "./use-palette-entries.ts";

const MOST = 12;

export interface PaletteProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly help: () => void;
}

/** Where to go and what to do, by name; each with what it is called in a terminal. */
export function Palette({ open, onClose, help }: PaletteProps) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <Dialog open={open} onClose={onClose} title="Command palette" initialFocus={field}>
      <Choices field={field} onClose={onClose} help={help} />
    </Dialog>
  );
}

interface ChoicesProps extends Omit<PaletteProps, "open"> {
  readonly field: React.RefObject<HTMLInputElement | null>;
}

function Choices({ field, onClose, help }: ChoicesProps) {
  const entries = usePaletteEntries(help);
  const announce = useAnnounce();
  const id = useId();
  const [question, setQuestion] = useState("");
  const [place, setPlace] = useState(0);
  const found = matching(entries, question, MOST);
  const active = found[Math.min(place, found.length - 1)];
  const choose = (entry: PaletteEntry | undefined) => {
    if (entry === undefined) return;
    onClose();
    // The dialog gives the focus back first, so that the page it leads to can take it.
    setTimeout(entry.run);
  };
  const copy = async (entry: PaletteEntry | undefined) => {
    if (entry?.command === undefined) return;
    announce((await copyText(commandLine(entry.command))) ? "Copied" : "Could not copy");
  };
  const pressed = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setPlace((place + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) void copy(active);
      else choose(active);
    }
  };
  return (
    <div className="palette">
      <input
        ref={field}
        className="annex-input"
        role="combobox"
        aria-label="What to do"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={active && `${id}-${active.id}`}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        placeholder="A page, an extension or a command"
        value={question}
        onChange={(event) => {
          setQuestion(event.currentTarget.value);
          setPlace(0);
        }}
        onKeyDown={pressed}
      />
      <div id={`${id}-list`} role="listbox" aria-label="Commands" className="palette-list">
        {found.map((entry) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the active one
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={entry.id}
            id={`${id}-${entry.id}`}
            role="option"
            aria-selected={entry === active}
            className="palette-option"
            onClick={() => choose(entry)}
          >
            <span>{entry.label}</span>
            {entry.command && <code>{commandLine(entry.command)}</code>}
          </div>
        ))}
      </div>
      <p role="status" className="muted">
        {found.length === 0 ? `Nothing is called “${question}”.` : ""}
      </p>
      <div className="palette-foot">
        <Button size="small" disabled={active?.command === undefined} onClick={() => void copy(active)}>
          Copy as annex command
        </Button>
        <span className="muted">Enter does it, Ctrl Enter copies the command.</span>
      </div>
    </div>
  );
}
