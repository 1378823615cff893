import { Button, CopyButton, Icon, IconButton, Link, LinkButton, Stack } from "../../src/index.ts";
import type { Story } from "../story.ts";

export const actions: Story[] = [
  {
    name: "Button",
    do: "Begin with a verb: “Uninstall”. One primary action in a view.",
    dont: "“OK”, “Submit”, or two primary actions side by side.",
    Example: () => (
      <Stack>
        <Stack direction="row" gap={1}>
          <Button variant="primary">Publish</Button>
          <Button>Disable</Button>
          <Button variant="danger">Uninstall</Button>
          <Button variant="quiet">Clear filters</Button>
          <Button icon={<Icon name="search" />}>Find</Button>
        </Stack>
        <Stack direction="row" gap={1}>
          <Button size="small">Small</Button>
          <Button>Medium</Button>
          <Button size="large">Large</Button>
          <Button busy variant="primary">
            Publish
          </Button>
          <Button disabled>Not now</Button>
        </Stack>
      </Stack>
    ),
  },
  {
    name: "IconButton",
    do: "Label it with what it does; the label is its tooltip and its name.",
    dont: "A drawing nobody knows, or the only way to something important.",
    Example: () => (
      <Stack direction="row" gap={1}>
        <IconButton label="Close" icon={<Icon name="close" />} />
        <IconButton label="Search" icon={<Icon name="search" />} variant="secondary" />
        <IconButton label="More actions" icon={<Icon name="more" />} size="small" />
        <IconButton label="Download" icon={<Icon name="down" />} size="large" />
      </Stack>
    ),
  },
  {
    name: "LinkButton and Link",
    do: "Use a link for what goes somewhere; it can be opened in a new tab.",
    dont: "A button that navigates, or a link that deletes.",
    Example: () => (
      <Stack direction="row" gap={1}>
        <LinkButton href="#button">Browse catalogue</LinkButton>
        <LinkButton href="#button" variant="primary">
          Open
        </LinkButton>
        <span>
          Read about <Link href="#button">how versions are published</Link> first.
        </span>
      </Stack>
    ),
  },
  {
    name: "CopyButton",
    do: "Put it after the value it copies, whole.",
    dont: "Copy a shortened form.",
    Example: () => (
      <Stack direction="row" gap={1}>
        <CopyButton value="annex init" what="command" />
        <CopyButton value="annex init" text="Copy command" />
      </Stack>
    ),
  },
];
