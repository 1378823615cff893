import type { ReactNode } from "react";
import {
  Badge,
  Button,
  Card,
  Grid,
  Icon,
  IdText,
  Menu,
  Page,
  Section,
  Separator,
  Sidebar,
  Stack,
  Text,
} from "../../src/index.ts";
import type { Story } from "../story.ts";

export const layout: Story[] = [
  {
    name: "Section, Card, Grid",
    do: "Head each part; let columns follow the room there is.",
    dont: "Nest cards in cards.",
    Example: () => (
      <Section
        title="Limits"
        level={4}
        description="What one call may use."
        actions={<Button size="small">Change</Button>}
        card
      >
        <Grid column="small">
          <Card>Memory 128 MB</Card>
          <Card>Time 5 s</Card>
          <Card>Calls 600 per minute</Card>
        </Grid>
      </Section>
    ),
  },
  {
    name: "Sidebar",
    do: "Put beside what helps with the main part.",
    dont: "Rely on it being beside: it stands above where it is narrow.",
    Example: () => (
      <Sidebar side={<Card>Filters</Card>}>
        <Card>Results</Card>
      </Sidebar>
    ),
  },
  {
    name: "Stack, Text, Separator",
    do: "Use steps of 8 pixels.",
    dont: "Space things by empty lines.",
    Example: () => (
      <Stack gap={1}>
        <Text strong>invoice-notes</Text>
        <Text tone="muted" size="small">
          acme/invoice-notes
        </Text>
        <Separator />
        <Stack direction="row" gap={1} justify="between">
          <Text as="span">Left</Text>
          <Text as="span" tone="danger">
            Right
          </Text>
        </Stack>
      </Stack>
    ),
  },
];

/** The frame of the gallery itself is the example of Page. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <Page
      title="Annex UI kit"
      status={<Badge tone="info">gallery</Badge>}
      subtitle={<IdText value="@annex/ui-kit" what="package name" />}
      breadcrumbs={[{ label: "Annex", href: "#" }, { label: "UI kit" }]}
      actions={
        <>
          <Button variant="primary" icon={<Icon name="copy" />}>
            Publish
          </Button>
          <Menu items={[{ label: "Report", onSelect: () => undefined }]} label="More about the kit" />
        </>
      }
    >
      {children}
    </Page>
  );
}
