import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { Palette } from "../palette/palette.tsx";
import { useTenantPath } from "../session/use-tenant-path.ts";
import { copyRow, focusFilter, moveRow, moveTab, selectRow } from "./list-keys.ts";
import { ShortcutHelp } from "./shortcut-help.tsx";
import type { Press } from "./shortcut-table.ts";
import { readSingleKeys, shortcuts } from "./shortcuts.ts";
import { useShortcuts } from "./use-shortcuts.ts";

/** Listens to the keyboard for the whole console; holds the palette and the help. */
export function ShortcutKeys() {
  const [shown, setShown] = useState<"palette" | "help" | null>(null);
  const navigate = useNavigate();
  const tenantPath = useTenantPath();
  const extensionPath = (below: string) => {
    const found = /^\/t\/[^/]+\/extensions\/[^/]+\/[^/]+/.exec(location.pathname);
    void navigate(found === null ? tenantPath("/extensions") : `${found[0]}${below}`);
  };
  useEffect(listen, []);
  useShortcuts("Everywhere", [
    { keys: "mod+k", label: "Command palette", run: () => setShown("palette") },
    { keys: "?", label: "These shortcuts", run: () => setShown("help") },
    { keys: "/", label: "Filter", run: focusFilter },
    { keys: "g e", label: "Go to extensions", run: () => void navigate(tenantPath("/extensions")) },
    { keys: "g x", label: "Go to executions", run: () => void navigate(tenantPath("/executions")) },
    { keys: "g u", label: "Go to usage", run: () => void navigate(tenantPath("/usage")) },
    { keys: "g v", label: "Go to the extension's versions", run: () => extensionPath("/versions") },
    { keys: "g d", label: "Go to the extension's live debug", run: () => extensionPath("/debug") },
    { keys: "j", label: "Next row", run: () => moveRow(1) },
    { keys: "k", label: "Previous row", run: () => moveRow(-1) },
    { keys: "x", label: "Select the row", run: selectRow },
    { keys: "c", label: "Copy the row's id or hash", run: copyRow },
    { keys: "[", label: "Previous tab", run: () => moveTab(-1) },
    { keys: "]", label: "Next tab", run: () => moveTab(1) },
  ]);
  const close = () => setShown(null);
  return (
    <>
      <Palette open={shown === "palette"} onClose={close} help={() => setShown("help")} />
      <ShortcutHelp open={shown === "help"} onClose={close} />
    </>
  );
}

function listen() {
  shortcuts.areSingleKeysOn = readSingleKeys();
  const pressed = (event: KeyboardEvent) => {
    // Menus, fields and dialogs have keys of their own.
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]") !== null)
      return;
    const found = shortcuts.match(pressOf(event), event.timeStamp);
    if (found === null) return;
    event.preventDefault();
    found.run();
  };
  window.addEventListener("keydown", pressed);
  return () => window.removeEventListener("keydown", pressed);
}

const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
// A switch is an input and takes no letters, but Space is its own.
const TICKS = "input[type=checkbox], input[type=radio]";

function pressOf(event: KeyboardEvent): Press {
  const { target } = event;
  const element = target instanceof Element ? target : null;
  const isTick = element?.matches(TICKS) ?? false;
  const isField = !isTick && (element?.matches(FIELDS) ?? false);
  const isControl = isTick || (element?.matches("button, a[href], summary") ?? false);
  return {
    key: event.key,
    mod: event.ctrlKey || event.metaKey,
    alt: event.altKey,
    on: isField ? "field" : isControl ? "control" : "page",
  };
}
