import { useState } from "react";
import {
  Accordion,
  Badge,
  Breadcrumbs,
  Icon,
  NavList,
  Tabs,
  Text,
  ThemeSwitch,
  ViewSwitcher,
} from "../../src/index.ts";
import type { Story } from "../story.ts";

export const navigation: Story[] = [
  {
    name: "Tabs",
    do: "Divide one thing into views; keep the chosen one in the address.",
    dont: "Use them for steps: a step depends on the one before.",
    Example: () => (
      <Tabs
        label="Extension details"
        tabs={[
          { id: "overview", label: "Overview", content: <Text>What it may do, and how it is.</Text> },
          {
            id: "versions",
            label: "Versions",
            after: <Badge>17</Badge>,
            content: <Text>Newest first.</Text>,
          },
          { id: "secrets", label: "Secrets", disabled: true },
          { id: "debug", label: "Live debug", content: <Text>Lines as they are written.</Text> },
        ]}
      />
    ),
  },
  {
    name: "ViewSwitcher",
    do: "Switch how the same thing is shown.",
    dont: "Switch to another thing: that is Tabs.",
    Example: () => {
      const [view, setView] = useState<"installed" | "catalogue">("installed");
      return (
        <ViewSwitcher
          label="Extensions"
          value={view}
          onChange={setView}
          options={[
            { value: "installed", label: "Installed" },
            { value: "catalogue", label: "Catalogue" },
          ]}
        />
      );
    },
  },
  {
    name: "ThemeSwitch",
    do: "Offer it once, in the account menu.",
    dont: "Decide for the reader.",
    Example: ThemeSwitch,
  },
  {
    name: "Accordion",
    do: "Fold what few need.",
    dont: "Fold what everybody needs.",
    Example: () => (
      <Accordion
        items={[
          { id: "added", title: "Added (1)", content: "Call api.taxes.example.", open: true },
          {
            id: "same",
            title: "Unchanged (4)",
            content: "Read tickets, write notes, store 5 MB, run daily.",
          },
        ]}
      />
    ),
  },
  {
    name: "Breadcrumbs",
    do: "Show where a page stands; the last is the page itself.",
    dont: "Show the way the reader came.",
    Example: () => (
      <Breadcrumbs
        label="Where 1.4.0 stands"
        items={[
          { label: "Extensions", href: "#tabs" },
          { label: "acme/invoice-notes", href: "#tabs" },
          { label: "1.4.0" },
        ]}
      />
    ),
  },
  {
    name: "NavList",
    do: "Name the parts as the pages are named.",
    dont: "Mark more than one as current.",
    Example: () => (
      <NavList
        label="Parts of the console"
        items={[
          { label: "Extensions", href: "#nav-list", icon: <Icon name="file" />, current: true },
          {
            label: "Executions",
            href: "#breadcrumbs",
            icon: <Icon name="menu" />,
            after: <Badge tone="danger">3 failing</Badge>,
          },
          { label: "Audit", href: "#tabs", icon: <Icon name="search" /> },
        ]}
      />
    ),
  },
];
