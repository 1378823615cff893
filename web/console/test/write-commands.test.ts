/** Commands as a shell reads them back. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { commandLine } from "../src/commands/annex-command.ts";
import { controlsWords, type SaidControls } from "../src/commands/controls-words.ts";
import { writeCommands } from "../src/commands/write-commands.ts";

test("an install names what is granted, what is refused and which hosts", () => {
  const line = commandLine(
    writeCommands.install({
      extension: "acme/notes",
      version: "1.4.0",
      grants: ["cap:http.fetch", "cap:storage.kv"],
      denied: ["cap:secrets.get"],
      hosts: ["api.example.com"],
    }),
  );

  assert.equal(
    line,
    "annex install acme/notes@1.4.0 --grant http.fetch,storage.kv --deny secrets.get --egress api.example.com",
  );
});

test("no host at all is said, and those it declares are not", () => {
  const wish = { extension: "acme/notes", version: "2.0.0" };

  assert.equal(
    commandLine(writeCommands.upgrade({ ...wish, hosts: [] })),
    "annex upgrade acme/notes --to 2.0.0 --egress none",
  );
  assert.equal(commandLine(writeCommands.upgrade(wish)), "annex upgrade acme/notes --to 2.0.0");
});

test("a shell reads every word back as it was, whatever is in it", () => {
  const words = ["it's", 'a "b"', "$HOME `id`", "", "a\\b", "x;y&z", "*", "ä\nö", "limit:=[1, 2]"];

  const script = commandLine(words).replace(/^annex/u, `printf '%s\\0'`);

  const read = execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0");
  assert.deepEqual(read.slice(0, -1), words);
});

test("a setting that is no text is written as JSON", () => {
  const words = writeCommands.setConfig("acme/notes", { greeting: "Hello you", limit: 5, on: true }, 7);

  assert.equal(
    commandLine(words),
    "annex config set acme/notes 'greeting=Hello you' limit:=5 on:=true --if-version 7",
  );
});

test("a secret's command reads the value from standard input and never holds it", () => {
  const words = writeCommands.setSecret("acme/notes", "TOKEN", "2027-01-01T00:00:00Z", ["api.example.com"]);

  assert.equal(
    commandLine(words),
    "annex secrets set acme/notes TOKEN --from-stdin --expires-at 2027-01-01T00:00:00Z --host api.example.com",
  );
});

const NOTHING: SaidControls = { rates: {}, quotas: [], limits: {}, egress_hosts: null, is_entitled: null };

test("only what changes is in a command about controls, and what is said no more is unset", () => {
  const before: SaidControls = {
    ...NOTHING,
    rates: { tenant: { per_second: 50, burst: 200 }, user: { per_second: 1, burst: 2 } },
    limits: { cpu_ms: 100 },
    egress_hosts: ["a.example"],
  };
  const after: SaidControls = {
    ...NOTHING,
    rates: { tenant: { per_second: 40, burst: 200 } },
    quotas: [{ scope: "tenant", kind: "invocations", window: "month", limit: 5 }],
    limits: { cpu_ms: 100 },
  };

  const words = controlsWords(before, after);

  assert.deepEqual(words, [
    ...["--rate", "tenant=40:200", "--quota", "tenant.invocations.month=5"],
    ...["--unset", "rates.user", "--unset", "egress"],
  ]);
  assert.deepEqual(controlsWords(after, after), []);
});

test("letting nothing out is another word than no list", () => {
  assert.deepEqual(controlsWords(NOTHING, { ...NOTHING, egress_hosts: [] }), ["--egress", "none"]);
});
