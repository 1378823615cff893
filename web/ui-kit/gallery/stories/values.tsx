import {
  Bytes,
  Code,
  Duration,
  HashText,
  IdText,
  KeyValue,
  RelativeTime,
  Stack,
  Text,
} from "../../src/index.ts";
import type { Story } from "../story.ts";

const one = "sha256:9f2c41d7a0be55d1f3a81b7c0d9e2f64a1b3c5d7e9f00112233445566778899a";
const other = "sha256:9f2c41d7a0be55d1e3a81b7c0d9e2f64a1b3c5d7e9f00112233445566778899a";
const now = new Date("2026-11-21T09:00:00Z");

export const values: Story[] = [
  {
    name: "HashText and IdText",
    do: "Show twelve digits to recognise, copy all to verify.",
    dont: "Compare by eye.",
    Example: () => (
      <Stack gap={1}>
        <HashText value={one} />
        <HashText value={one} comparedWith={other} />
        <HashText value={other} comparedWith={one} />
        <HashText value={one} full />
        <IdText value="req_01JD3C9QK4T7V2N8" what="request id" />
      </Stack>
    ),
  },
  {
    name: "RelativeTime",
    do: "Show the exact time first where records are compared.",
    dont: "Write a time without its zone.",
    Example: () => (
      <Stack gap={1}>
        <RelativeTime value="2026-11-21T06:00:00Z" now={now} />
        <RelativeTime value="2026-11-18T09:12:00Z" now={now} first="absolute" />
        <RelativeTime value="2026-10-18T09:12:00Z" now={now} />
        <RelativeTime value="2026-11-21T09:05:10Z" now={now} />
        <RelativeTime value={null} />
      </Stack>
    ),
  },
  {
    name: "Bytes and Duration",
    do: "Round to what matters; the exact number is on hover.",
    dont: "Write null, NaN or 0 for what is not known.",
    Example: () => (
      <Stack direction="row">
        <Bytes value={734} />
        <Bytes value={3_120_400} />
        <Bytes value={null} />
        <Duration ms={0.4} />
        <Duration ms={1204} />
        <Duration ms={11_045_000} />
        <Duration ms={undefined} />
      </Stack>
    ),
  },
  {
    name: "Code",
    do: "Let commands be copied.",
    dont: "Put a prompt sign into what is copied.",
    Example: () => (
      <Stack>
        <Text>
          Run <Code>annex init</Code> in an empty folder.
        </Text>
        <Code block label="command">
          annex verify acme/invoice-notes@1.4.0 --content-hash
          sha256:9f2c41d7a0be55d1f3a81b7c0d9e2f64a1b3c5d7e9f00112
        </Code>
      </Stack>
    ),
  },
  {
    name: "KeyValue",
    do: "Use it for facts about one thing.",
    dont: "Leave a value empty; “–” stands there by itself.",
    Example: () => (
      <KeyValue
        items={[
          { label: "Publisher", value: "acme" },
          { label: "Size", value: <Bytes value={3_120_400} /> },
          { label: "Signer", value: null },
        ]}
      />
    ),
  },
];
