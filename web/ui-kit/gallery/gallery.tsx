/** The gallery: every component in its states, on one page. */

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import {
  Grid,
  NavList,
  Section,
  Sidebar,
  StringsProvider,
  Text,
  ThemeSwitch,
  ToastProvider,
  ZoneProvider,
} from "../src/index.ts";
import { actions } from "./stories/actions.tsx";
import { feedback } from "./stories/feedback.tsx";
import { fields } from "./stories/fields.tsx";
import { Frame, layout } from "./stories/layout.tsx";
import { navigation } from "./stories/navigation.tsx";
import { overlays } from "./stories/overlays.tsx";
import { tables } from "./stories/tables.tsx";
import { values } from "./stories/values.tsx";
import { views } from "./stories/views.tsx";
import type { Story } from "./story.ts";

const groups: Record<string, Story[]> = {
  Actions: actions,
  Fields: fields,
  Tables: tables,
  Navigation: navigation,
  Overlays: overlays,
  Feedback: feedback,
  Values: values,
  Views: views,
  Layout: layout,
};

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

function Gallery() {
  return (
    <main>
      <Frame>
        <Sidebar
          side={
            <div className="gallery-side">
              <NavList
                label="Groups"
                items={Object.keys(groups).map((name) => ({ label: name, href: `#${slug(name)}` }))}
              />
              <ThemeSwitch />
            </div>
          }
        >
          {Object.entries(groups).map(([name, stories]) => (
            <div key={name} id={slug(name)}>
              <Section title={name}>
                {stories.map((story) => (
                  <Shown key={story.name} story={story} />
                ))}
              </Section>
            </div>
          ))}
        </Sidebar>
      </Frame>
    </main>
  );
}

function Shown({ story }: { story: Story }) {
  return (
    <div id={slug(story.name)} className="gallery-story">
      <Section title={story.name} level={3}>
        <story.Example />
        <Grid column="large">
          <Text size="small" tone="muted">
            <strong>Do:</strong> {story.do}
          </Text>
          <Text size="small" tone="muted">
            <strong>Do not:</strong> {story.dont}
          </Text>
        </Grid>
      </Section>
    </div>
  );
}

const root = document.getElementById("root");
if (root !== null) {
  // Words are replaced by the address, to see how longer ones or another script fit.
  const copied = new URLSearchParams(location.search).get("copied");
  createRoot(root).render(
    <StrictMode>
      <StringsProvider strings={copied === null ? {} : { copied }}>
        <ZoneProvider zone="utc">
          <ToastProvider>
            <Gallery />
          </ToastProvider>
        </ZoneProvider>
      </StringsProvider>
    </StrictMode>,
  );
}
