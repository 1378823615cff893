/** Rules of pages that change something: versions on offer, rollbacks, histories, keys, controls, switches. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { expiryOf } from "../src/api-keys/key-expiry.ts";
import { hasOlderSecret, keyState } from "../src/api-keys/key-state.ts";
import { recentUse } from "../src/api-keys/recent-use.ts";
import { CHANGES, changeWords, detailWords } from "../src/audit/change-words.ts";
import { ndjson } from "../src/audit/ndjson.ts";
import { draftOf, readDraft } from "../src/controls/controls-draft.ts";
import { configRevisions } from "../src/installs/config-revisions.ts";
import { newerVersions, newestVersion } from "../src/installs/newest-version.ts";
import { earlierVersions, rollBackPlan } from "../src/installs/roll-back-plan.ts";
import { stateChanges } from "../src/installs/state-changes.ts";
import type { InstallState, InstallView, VersionRow } from "../src/installs/types.ts";
import { switchWish } from "../src/kill-switches/switch-wish.ts";

const NOW = new Date("2026-11-21T12:00:00Z");

function version(number: string, status = "active"): VersionRow {
  return {
    version_id: number,
    version: number,
    published_at: "2026-11-01T00:00:00Z",
    content_hash: `sha256:${"0".repeat(64)}`,
    size_bytes: 1,
    status,
    signer: null,
    log_index: null,
    bundle_count: 1,
    installed: false,
    status_reason: null,
    status_log_index: null,
    imported: false,
  };
}

function state(revision: number, fields: Partial<InstallState> = {}): InstallState {
  return {
    revision,
    version_id: "1.0.0",
    version: "1.0.0",
    is_enabled: true,
    is_pinned: false,
    grants: [],
    denied: [],
    egress: [],
    config: {},
    change: null,
    changed_by: null,
    began_at: "2026-11-01T00:00:00Z",
    ended_at: null,
    ...fields,
  };
}

test("withdrawn versions are never offered, and older ones are no upgrade", () => {
  const rows = [version("2.0.0", "yanked"), version("1.2.0"), version("1.1.0"), version("1.0.0")];

  assert.equal(newestVersion(rows)?.version, "1.2.0");
  assert.deepEqual(
    newerVersions(rows, "1.1.0").map((row) => row.version),
    ["1.2.0"],
  );
  assert.deepEqual(newerVersions(rows, "1.2.0"), []);
  assert.equal(newestVersion([version("1.0.0", "blocked")]), null);
});

test("each other version is offered once, as it ran last", () => {
  const states = [
    state(5, { version_id: "b", version: "1.1.0" }),
    state(4, { version_id: "a" }),
    state(3, { version_id: "a", config: { old: true } }),
    state(2, { version_id: "c", version: "0.9.0" }),
  ];

  assert.deepEqual(
    earlierVersions(states, "b").map(({ revision }) => revision),
    [4, 2],
  );
});

test("a rollback brings back the grants of then, less what was denied since", () => {
  const install = {
    grants: ["cap:secrets.get"],
    denied: ["cap:http.fetch"],
    config: { a: 1 },
  } as unknown as InstallView;
  const then = state(1, { grants: ["cap:http.fetch", "cap:storage.kv"], config: { a: 2 } });

  const plan = rollBackPlan(install, then, false);

  assert.deepEqual(plan.grantedAgain, ["cap:storage.kv"]);
  assert.deepEqual(plan.notGrantedThen, ["cap:secrets.get"]);
  assert.deepEqual(
    plan.config.map(({ name, after }) => [name, after]),
    [["a", 2]],
  );
  assert.deepEqual(rollBackPlan(install, then, true).config, []);
});

test("only changes of the configuration are in its history, and an unknown beginning is none", () => {
  const states = [
    state(3, { is_enabled: false, config: { a: 2 } }),
    state(2, { config: { a: 2 } }),
    state(1),
  ];

  const complete = configRevisions(states, true);

  assert.deepEqual(
    complete.map((revision) => revision.state.revision),
    [2],
  );
  assert.deepEqual(configRevisions(states.slice(0, 2), false), []);
});

test("what happened to an install is said in sentences", () => {
  const before = state(1, { grants: ["cap:http.fetch"], egress: ["a.example"] });
  const after = state(2, {
    version: "1.1.0",
    is_enabled: false,
    grants: ["cap:storage.kv"],
    denied: ["cap:http.fetch"],
    config: { a: 1 },
  });

  assert.deepEqual(stateChanges(before, after), [
    "Version 1.0.0 → 1.1.0",
    "Disabled",
    "Granted: storage.kv",
    "No longer granted: http.fetch",
    "Refused: http.fetch",
    "Host closed: a.example",
    "Settings: a",
  ]);
  assert.deepEqual(stateChanges(undefined, before), ["Installed 1.0.0", "Granted http.fetch"]);
  assert.deepEqual(stateChanges(before, before), ["Changed"]);
});

test("a key is open until it is revoked or its time is over, and says when that is near", () => {
  const key = { expires_at: null, revoked_at: null, previous_until: null };

  assert.equal(keyState(key, NOW).text, "Active");
  assert.equal(keyState({ ...key, expires_at: "2026-11-25T00:00:00Z" }, NOW).text, "Expires soon");
  assert.equal(keyState({ ...key, expires_at: "2026-11-21T12:00:00Z" }, NOW).isOpen, false);
  assert.equal(keyState({ ...key, revoked_at: "2026-11-20T00:00:00Z" }, NOW).text, "Revoked");
  assert.equal(hasOlderSecret({ ...key, previous_until: "2026-11-21T13:00:00Z" }, NOW), true);
});

test("a key ends in as many days as was chosen, or never", () => {
  assert.equal(expiryOf("90", NOW), "2027-02-19T12:00:00.000Z");
  assert.equal(expiryOf("", NOW), null);
});

test("what ran lately is counted, and a full page is called at least", () => {
  const run = { extension_id: "e", started_at: "2026-11-21T11:00:00Z" };

  assert.match(recentUse([], false), /^Nothing ran/u);
  assert.match(recentUse([run], false), /1 run of one extension/u);
  assert.match(recentUse([run, { ...run, extension_id: "f" }], true), /at least 2 runs of 2 extensions/u);
});

test("every kind of change has words, and details are read as name and value", () => {
  assert.equal(changeWords("role.assigned"), "gave a role");
  assert.equal(changeWords("something.new"), "something.new");
  assert.equal(Object.keys(CHANGES).length, 13);
  assert.equal(
    detailWords({ role: "operator", key_ids: ["a", "b"], empty: "" }),
    "role: operator · key ids: a, b",
  );
});

test("a file of the record has one entry to a line", () => {
  assert.equal(ndjson([{ a: "x\ny" }, { a: 2 }]), '{"a":"x\\ny"}\n{"a":2}\n');
  assert.equal(ndjson([]), "");
});

const SAID = {
  rates: { tenant: { per_second: 0.5, burst: 10 } },
  quotas: [{ scope: "tenant", kind: "invocations", window: "day", limit: 0 }],
  limits: { cpu_ms: 100 },
  egress_hosts: ["a.example", "*.b.example"],
  is_entitled: false,
};

test("what is said goes into the form and comes out as it was", () => {
  for (const said of [
    SAID,
    { ...SAID, egress_hosts: null, is_entitled: null },
    { ...SAID, egress_hosts: [] },
  ])
    assert.deepEqual(readDraft(draftOf(said)), { said, problems: [] });
});

test("emptied fields say nothing, and halves of a rate are a mistake", () => {
  const draft = draftOf(SAID);
  const emptied = {
    ...draft,
    rates: { tenant: { perSecond: "", burst: "" } },
    limits: { cpu_ms: " " },
  };

  assert.deepEqual(readDraft(emptied).said.rates, {});
  assert.deepEqual(readDraft(emptied).said.limits, {});
  assert.equal(readDraft({ ...draft, rates: { tenant: { perSecond: "5", burst: "" } } }).problems.length, 1);
});

test("a quota said twice, a broken figure and an empty list of hosts are each named", () => {
  const quota = { scope: "tenant", kind: "cpu_ms", window: "day", limit: "1.5" };
  const draft = { ...draftOf(SAID), quotas: [quota, quota], limits: { fuel: "-1" }, egressHosts: " " };

  assert.equal(readDraft(draft).problems.length, 5);
});

test("a kill switch names exactly what it stops, and one beyond the tenant is typed", () => {
  const tenant = { id: "t", name: "northwind" };
  const install = { extension: "acme/notes", extension_id: "e", version: "1.4.0", version_id: "v" };

  const here = switchWish({ scope: "version", tenant, isEverywhere: false, install });
  const wide = switchWish({ scope: "extension", tenant, isEverywhere: true, install });

  assert.deepEqual(here?.ids, { scope: "version", tenant_id: "t", extension_id: null, version_id: "v" });
  assert.deepEqual(here?.words, ["acme/notes@1.4.0", "--in-tenant", "t"]);
  assert.deepEqual([wide?.isWide, wide?.ids.tenant_id, wide?.words], [true, null, ["acme/notes"]]);
  assert.equal(switchWish({ scope: "version", tenant, isEverywhere: false }), null);
});
