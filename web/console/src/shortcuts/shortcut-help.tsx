import { Dialog, Switch } from "@annex/ui-kit";
import { useState } from "react";
import { readSingleKeys, shortcuts, storeSingleKeys } from "./shortcuts.ts";

const NAMES: Readonly<Record<string, string>> = { " ": "Space", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓" };

/** Every key that does something here, and the switch that takes single keys away. */
export function ShortcutHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      <Keys />
    </Dialog>
  );
}

function Keys() {
  const [isOn, setIsOn] = useState(readSingleKeys);
  const change = (wanted: boolean) => {
    storeSingleKeys(wanted);
    setIsOn(wanted);
  };
  return (
    <>
      <Switch
        label="Single-key shortcuts"
        hint="Off, keys without Ctrl or Cmd do nothing outside fields."
        checked={isOn}
        onChange={change}
      />
      {shortcuts.groups.map(({ name, shortcuts: list }) => (
        <section key={name} className="shortcut-group">
          <h3>{name}</h3>
          <dl>
            {list.map(({ keys, label }) => (
              <div key={keys}>
                <dt>
                  {keys.split(/(?<=.) (?=.)/).map((key) => (
                    <kbd key={key}>{NAMES[key] ?? key.replace("mod+", "Ctrl/⌘ ")}</kbd>
                  ))}
                </dt>
                <dd>{label}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}
