import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { ReactNode } from "react";
import { renderToStaticMarkup as drawn } from "react-dom/server";
import type { LinkComponentProps } from "../src/index.ts";
import * as kit from "../src/index.ts";

const { Alert, Bytes, Checkbox, Duration, HashText, LinkButton, LinkProvider, NavList, NumberField } = kit;
const { RadioGroup, RelativeTime, Select, StringsProvider, Switch, TextArea, TextField, ZoneProvider } = kit;
const { Breadcrumbs, ConfirmDialog, DateField, FileField, Progress, SearchInput, Spinner } = kit;

const fields: [string, ReactNode][] = [
  ["TextField", <TextField key="f" id="it" label="Name" hint="A hint." error="Wrong." />],
  ["TextArea", <TextArea key="f" id="it" label="Name" hint="A hint." error="Wrong." />],
  ["NumberField", <NumberField key="f" id="it" label="Name" hint="A hint." error="Wrong." />],
  ["Select", <Select key="f" id="it" label="Name" hint="A hint." error="Wrong." options={[]} />],
  ["DateField", <DateField key="f" id="it" label="Name" hint="A hint." error="Wrong." />],
  ["FileField", <FileField key="f" id="it" label="Name" hint="A hint." error="Wrong." />],
  ["SearchInput", <SearchInput key="f" id="it" label="Name" hint="A hint." error="Wrong." />],
  ["Checkbox", <Checkbox key="f" id="it" label="Name" hint="A hint." error="Wrong." />],
  ["Switch", <Switch key="f" id="it" label="Name" hint="A hint." error="Wrong." />],
];
for (const [name, field] of fields)
  test(`${name} wires label, hint and error to its control`, () => {
    const html = drawn(field);

    assert.match(html, /<label for="it"/);
    const control = /<(?:input|select|textarea)[^>]*>/.exec(html)?.[0] ?? "";
    assert.match(control, /id="it"/);
    assert.match(control, /aria-invalid="true"/);
    assert.match(control, /aria-describedby="it-hint it-error"/);
    assert.match(html, /id="it-hint"[^>]*>A hint\./);
    assert.match(html, /id="it-error"[^>]*>.*?Wrong\./);
  });

test("RadioGroup names and describes the group", () => {
  const html = drawn(
    <RadioGroup id="it" label="Expiry" error="Wrong." options={[{ value: "a b", label: "A" }]} />,
  );

  assert.match(html, /<fieldset id="it"[^>]*aria-describedby="it-error"/);
  assert.match(html, /<legend[^>]*>Expiry/);
});

const hash = `sha256:9f2c41d7a0be${"0".repeat(52)}`;
test("a hash is read by its first digits and its copy button is named", () => {
  const html = drawn(<HashText value={hash} />);

  assert.match(html, /content hash starting 9f2c41d7a0be/);
  assert.match(html, /aria-label="Copy content hash"/);
  assert.ok(!html.includes(hash));
});

test("the first difference of two hashes is marked", () => {
  const html = drawn(<HashText value={hash} comparedWith={`sha256:9f2d${"0".repeat(60)}`} />);

  assert.match(html, /sha256:9f2<mark[^>]*>c<\/mark>41d7a0be…/);
});

const now = new Date("2026-11-21T09:00:00Z");
function at(value: string | null, first?: "absolute"): string {
  const time = <RelativeTime value={value} now={now} first={first} />;
  return drawn(<ZoneProvider zone="utc">{time}</ZoneProvider>).replace(/<[^>]+>/g, "|");
}

test("a time is an age for seven days, then exact; records tell the exact time first", () => {
  assert.match(at("2026-11-21T06:00:00Z"), /\|3 hours ago\|.*\|21 Nov 2026, 06:00:00 UTC\|/);
  assert.match(at("2026-11-01T06:00:00Z"), /\|1 Nov 2026, 06:00 UTC\|/);
  assert.match(at("2026-11-21T06:00:00Z", "absolute"), /\|21 Nov 2026, 06:00 UTC\|.*\|3 hours ago\|/);
});

test("what is missing is a dash, read as none", () => {
  const missing = [
    at(null),
    at("never"),
    ...[<Bytes key="b" value={null} />, <Duration key="d" ms={undefined} />].map((value) => drawn(value)),
  ];

  for (const html of missing) assert.match(html, /–.*none/);
});

/** Stands for a router's link. */
function Router({ href, children }: LinkComponentProps) {
  return <a href={`/app${href}`}>{children}</a>;
}

test("links are the router's where there is one", () => {
  const links = (
    <>
      <LinkButton href="/one">One</LinkButton>
      <NavList items={[{ label: "Two", href: "/two" }]} />
      <Breadcrumbs items={[{ label: "Three", href: "/three" }, { label: "Here" }]} />
    </>
  );

  const html = drawn(<LinkProvider component={Router}>{links}</LinkProvider>);

  assert.deepEqual(html.match(/href="[^"]+"/g), ['href="/app/one"', 'href="/app/two"', 'href="/app/three"']);
});

test("an error is announced at once, the rest when idle, and both say in words what they are", () => {
  assert.match(drawn(<Alert tone="danger">No.</Alert>), /role="alert".*Error: /);
  assert.match(drawn(<Alert tone="warning">Soon.</Alert>), /role="status".*Warning: /);
});

test("words can be replaced one by one", () => {
  const html = drawn(
    <StringsProvider strings={{ copy: "Kopieren" }}>
      <HashText value={hash} />
    </StringsProvider>,
  );

  assert.match(html, /aria-label="Kopieren content hash"/);
});

test("a spinner says nothing in its first second", () => {
  assert.match(drawn(<Spinner label="Reading" />), /role="status"><\/span>/);
});

test("progress without a value has none", () => {
  assert.ok(!drawn(<Progress label="Checking" />).includes("value="));
  assert.match(drawn(<Progress label="Sent" value={1} max={4} />), />25%</);
});

test("nothing of a closed dialog is in the page", () => {
  const html = drawn(
    <ConfirmDialog
      open={false}
      onCancel={() => undefined}
      onConfirm={() => undefined}
      title="Uninstall it?"
      verb="Uninstall"
    />,
  );

  assert.ok(!html.includes("Uninstall"));
});

test("no component needs an inline style or a raw piece of HTML", async () => {
  const root = new URL("../src/", import.meta.url);
  const sources = globSync("**/*.tsx", { cwd: root.pathname });
  const bad: string[] = [];
  for (const path of sources) {
    const text = await readFile(new URL(path, root), "utf8");
    if (/\sstyle=|dangerouslySetInnerHTML|cssText|setAttribute\("style"/.test(text)) bad.push(path);
  }

  assert.ok(sources.length > 50);
  assert.deepEqual(bad, []);
});

test("style sheets name sides by the direction of writing", async () => {
  const root = new URL("../src/", import.meta.url);
  const physical =
    /(?:margin|padding|border)-(?:left|right|top|bottom)|(?<![-\w])(?:right|top|bottom)\s*:|text-align: (?:left|right)/;
  const bad: string[] = [];
  for (const path of globSync("**/*.css", { cwd: root.pathname }))
    if (physical.test(await readFile(new URL(path, root), "utf8"))) bad.push(path);

  assert.deepEqual(bad, []);
});

test("every class of the kit has its prefix", async () => {
  const root = new URL("../src/", import.meta.url);
  const bad: string[] = [];
  for (const path of globSync("**/*.css", { cwd: root.pathname })) {
    const text = await readFile(new URL(path, root), "utf8");
    const rules = text.replace(/\/\*.*?\*\/|"[^"]*"|\{[^{}]*\}|layer[ (][^;)]*/gs, "");
    bad.push(...[...rules.matchAll(/\.(?!annex-|css)[a-z][\w-]*/g)].map((match) => `${path} ${match[0]}`));
  }

  assert.deepEqual(bad, []);
});

test("what a server found wrong leads to fields, and what belongs to none is told whole", () => {
  const errors = [
    { pointer: "/limits/calls", message: "must be at least 1" },
    { pointer: "/other", message: "is not a field of this version" },
    { pointer: 7 },
  ];
  const fieldOf = (pointer: string) => (pointer === "/limits/calls" ? "calls" : undefined);

  assert.deepEqual(kit.problemsOfDetails({ errors }, fieldOf), [
    { field: "calls", text: "must be at least 1" },
    { text: "/other is not a field of this version" },
  ]);
  assert.deepEqual(kit.problemsOfDetails(null, fieldOf), []);
  assert.deepEqual(kit.problemsOfDetails({ errors: "no" }, fieldOf), []);
});
