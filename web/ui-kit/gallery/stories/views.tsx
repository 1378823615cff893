import { useState } from "react";
import { Button, DiffView, JsonView, type LogEntry, LogView, Timeline } from "../../src/index.ts";
import type { Story } from "../story.ts";

const before = `{
  "name": "invoice-notes",
  "version": "1.3.2",
  "publisher": "acme",
  "api": { "endpoints": ["GET /notes", "POST /notes"] },
  "egress": [],
  "storage": { "size_mb": 5 },
  "schedules": [],
  "ui": { "entry": "ui/index.html" },
  "license": "Apache-2.0"
}
`;
const after = before
  .replace("1.3.2", "1.4.0")
  .replace('"egress": []', '"egress": ["https://api.taxes.example"]')
  .replace('  "license": "Apache-2.0"', '  "license": "Apache-2.0",\n  "homepage": "https://acme.example"');

const levels = ["debug", "info", "info", "warn", "error"] as const;

function made(from: number, count: number): LogEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    return {
      id: `line-${number}`,
      time: new Date(Date.UTC(2026, 10, 21, 9, 0, 0) + number * 137).toISOString(),
      level: levels[number % levels.length] ?? "info",
      text: `line ${number} of the log${number % 37 === 0 ? ` with a tail that is long: ${"abcdefgh ".repeat(24)}` : ""}`,
      fields: { endpoint: number % 2 === 0 ? "/notes" : "/summary" },
    };
  });
}

const short: LogEntry[] = [
  { kind: "note", id: "start", text: "Lines of invoice-notes in northwind for 30 minutes" },
  ...made(1, 6),
  { kind: "gap", id: "gap", count: 37 },
  {
    id: "cut",
    text: "a very long line",
    level: "info",
    cut: { kept: 8000, full: 34_000, href: "#log-view" },
  },
  { kind: "note", id: "rate", text: "200 lines/s limit: 612 lines not shown", tone: "warning" },
  { kind: "group", id: "group", text: "Execution 4f21" },
  ...made(7, 4),
];

function Large() {
  const [entries, setEntries] = useState<readonly LogEntry[]>(() => made(1, 10_000));
  const append = () => setEntries((now) => [...now, ...made(now.length + 1, 41)]);
  return (
    <LogView
      label="Ten thousand lines"
      entries={entries}
      empty="Nothing was written."
      tools={
        <Button size="small" onClick={append}>
          Write 41 lines
        </Button>
      }
    />
  );
}

export const views: Story[] = [
  {
    name: "LogView",
    do: "Say what is missing: gaps, cuts, limits.",
    dont: "Announce every line to screen readers.",
    Example: () => (
      <LogView
        label="Lines of invoice-notes"
        entries={short}
        terms={["notes"]}
        empty="Nothing was written."
        onField={() => undefined}
      />
    ),
  },
  {
    name: "LogView with 10,000 lines",
    do: "Let find look in all of them.",
    dont: "Draw all of them.",
    Example: Large,
  },
  {
    name: "DiffView",
    do: "Name both sides.",
    dont: "Rely on red and green.",
    Example: () => (
      <DiffView label="manifest" before={before} after={after} beforeName="1.3.2" afterName="1.4.0" />
    ),
  },
  {
    name: "JsonView",
    do: "Show what is rarely needed whole.",
    dont: "Show it where KeyValue says it in words.",
    Example: () => <JsonView label="Manifest" value={JSON.parse(after)} depth={2} />,
  },
  {
    name: "Timeline",
    do: "Write how long each part took.",
    dont: "Let the bar say it alone.",
    Example: () => (
      <Timeline
        label="Host calls of this execution"
        total={1204}
        items={[
          {
            key: "1",
            title: "storage.get notes/7",
            at: "at 2 ms",
            span: { from: 2, length: 14 },
            tone: "success",
          },
          {
            key: "2",
            title: "http.fetch api.taxes.example",
            at: "at 20 ms",
            span: { from: 20, length: 1100 },
            tone: "warning",
            children: "Slow: 1.1 s",
          },
          {
            key: "3",
            title: "events.emit invoice.noted",
            at: "at 1,190 ms",
            span: { from: 1190, length: 4 },
          },
        ]}
      />
    ),
  },
];
