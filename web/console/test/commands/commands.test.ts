import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type AnnexCommand, commandLine } from "../../src/commands/annex-command.ts";
import {
  callCommand,
  executionCommand,
  executionsCommand,
  limitsCommand,
  logsCommand,
  versionsCommand,
} from "../../src/commands/running-commands.ts";
import { writeCommands } from "../../src/commands/write-commands.ts";

const EXECUTION = "0190a000-0000-7000-8000-000000000001";
/** One of each; a test of the CLI reads the same file and tries to understand each line. */
const SAMPLES: Readonly<Record<string, AnnexCommand>> = {
  call: callCommand({ extension: "annex-demo/hello", method: "GET", path: "/hello" }),
  "call of a template": callCommand({ extension: "acme/notes", method: "DELETE", path: "/notes/:id" }),
  executions: executionsCommand({ extension: "acme/notes" }),
  "executions that failed": executionsCommand({
    extension: "acme/notes",
    status: "error",
    code: "GUEST_TRAP",
    trigger: "schedule",
    since: "24h",
  }),
  execution: executionCommand(EXECUTION),
  logs: logsCommand({ extension: "acme/notes", follow: true, level: "warn", grep: "tax|invoice" }),
  "logs of an execution": logsCommand({ extension: "acme/notes", follow: false, execution: EXECUTION }),
  limits: limitsCommand("acme/notes"),
  versions: versionsCommand("acme/notes"),
  publish: writeCommands.publish("acme.notes-1.0.0.tar.zst"),
  "publish of an odd name": writeCommands.publish("--notes 1.tar.zst"),
};

test("each action is written as the command it is", () => {
  const golden = JSON.parse(readFileSync(new URL("./running-commands.json", import.meta.url), "utf8"));

  const written = Object.fromEntries(Object.entries(SAMPLES).map(([name, one]) => [name, commandLine(one)]));

  assert.deepEqual(written, golden);
});

test("words that a shell would read are quoted", () => {
  const line = (word: string) => commandLine([word]);

  assert.equal(line("/a?b=c&d=$HOME"), "annex '/a?b=c&d=$HOME'");
  assert.equal(line("it's"), `annex 'it'"'"'s'`);
  assert.equal(line("`id`; rm -rf ~"), "annex '`id`; rm -rf ~'");
  assert.equal(line(""), "annex ''");
});

test("nothing that a terminal obeys or hides is copied", () => {
  assert.equal(commandLine(["a\u001b[2Jb\rc\u202ed"]), "annex 'a[2Jbcd'");
});
