import { useState } from "react";
import {
  Button,
  ConfirmDialog,
  Dialog,
  Drawer,
  Icon,
  KeyValue,
  Menu,
  Popover,
  Text,
  TextField,
  Tooltip,
} from "../../src/index.ts";
import type { Story } from "../story.ts";

function DialogExample() {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Rename key…</Button>
      <Dialog
        open={open}
        onClose={close}
        title="Rename key"
        actions={
          <>
            <Button onClick={close}>Cancel</Button>
            <Button variant="primary" onClick={close}>
              Rename
            </Button>
          </>
        }
      >
        <TextField label="Name" defaultValue="ci" />
      </Dialog>
    </>
  );
}

function ConfirmExample() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="danger" onClick={() => setOpen(true)}>
        Uninstall…
      </Button>
      <ConfirmDialog
        open={open}
        onCancel={() => setOpen(false)}
        onConfirm={() => setOpen(false)}
        title="Uninstall invoice-notes from northwind?"
        verb="Uninstall"
        danger
        typeToConfirm="invoice-notes"
      >
        <Text>Its 3.1 MB of data is kept for 30 days. Two scheduled jobs stop now.</Text>
      </ConfirmDialog>
    </>
  );
}

function DrawerExample() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Show execution…</Button>
      <Drawer open={open} onClose={() => setOpen(false)} title="Execution 4f21">
        <KeyValue
          items={[
            { label: "Status", value: "200 OK" },
            { label: "Duration", value: "1.2 s" },
          ]}
        />
      </Drawer>
    </>
  );
}

export const overlays: Story[] = [
  {
    name: "Dialog",
    do: "Ask for one thing; name the button after it.",
    dont: "Open one from another.",
    Example: DialogExample,
  },
  {
    name: "ConfirmDialog",
    do: "Name the object, how much is affected and what follows.",
    dont: "Ask “Are you sure?”, or ask about what Undo can take back.",
    Example: ConfirmExample,
  },
  {
    name: "Drawer",
    do: "Show details without losing the list.",
    dont: "Put a whole page in it.",
    Example: DrawerExample,
  },
  {
    name: "Menu",
    do: "Put rare actions here; destructive ones last, apart.",
    dont: "Hide the main action.",
    Example: () => (
      <Menu
        trigger="Actions"
        label="Actions of invoice-notes"
        align="start"
        items={[
          { label: "Open", href: "#menu", icon: <Icon name="external" /> },
          { label: "Disable", onSelect: () => undefined },
          { label: "Report", onSelect: () => undefined, disabled: true },
          "separator",
          { label: "Uninstall…", onSelect: () => undefined, danger: true },
        ]}
      />
    ),
  },
  {
    name: "Popover",
    do: "Give more about one thing.",
    dont: "Put in it what everybody must read.",
    Example: () => (
      <Popover trigger="2 bundles" label="Bundles of 1.2.0">
        <Text>This version was imported with two bundles. The newer one is served.</Text>
      </Popover>
    ),
  },
  {
    name: "Tooltip",
    do: "Add a few words to what can have the focus.",
    dont: "Say something only here.",
    Example: () => (
      <Tooltip text="18 Nov 2026, 09:12 UTC">
        <Button variant="quiet">3 hours ago</Button>
      </Tooltip>
    ),
  },
];
