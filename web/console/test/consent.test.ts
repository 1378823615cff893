/** Consent: the sentences, what is decided, and what stands between somebody and the button. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { askedOf, riskLabel, wordsOf } from "../src/consent/capability-words.ts";
import {
  allowHost,
  consentVerb,
  decide,
  grantedCount,
  listsOf,
  undecidedOf,
} from "../src/consent/consent-choice.ts";
import { factsOf, scopeOf } from "../src/consent/manifest-facts.ts";
import { sentence } from "../src/consent/sentence.ts";
import { differenceOf, needsConsent, newRights, waitingSentence } from "../src/consent/version-difference.ts";

const NOTHING = { decisions: {}, hosts: [] };
const CAPABILITIES = ["cap:log.emit", "cap:storage.kv", "cap:http.fetch", "cap:storage.kv", "cap:new.thing"];

test("what leaves the tenant is read before what stays inside, and what is unknown first of all", () => {
  const names = askedOf(CAPABILITIES).map(({ name }) => name);

  assert.deepEqual(names, ["cap:new.thing", "cap:http.fetch", "cap:storage.kv"]);
});

test("a capability nobody knows is said to be unknown", () => {
  const words = wordsOf("cap:new.thing");

  assert.equal(words.object, "something this annex does not know; ask its publisher");
  assert.equal(riskLabel(words.risk), "Not known here");
});

test("the lists name everything that is asked for, each once", () => {
  const choice = decide(
    decide(decide(NOTHING, "cap:storage.kv", "granted"), "cap:http.fetch", "refused"),
    "cap:new.thing",
    "refused",
  );

  assert.deepEqual(listsOf(choice, CAPABILITIES), {
    grants: ["cap:storage.kv", "cap:log.emit"],
    denied: ["cap:new.thing", "cap:http.fetch"],
  });
  assert.equal(grantedCount(choice, CAPABILITIES), 1);
  assert.deepEqual(undecidedOf(choice, CAPABILITIES), []);
});

test("what nobody decided is named", () => {
  const choice = decide(NOTHING, "cap:storage.kv", "granted");

  assert.deepEqual(undecidedOf(choice, CAPABILITIES), ["cap:new.thing", "cap:http.fetch"]);
});

test("a host is allowed once and taken back whole", () => {
  const twice = allowHost(allowHost(NOTHING, "a.example", true), "a.example", true);

  assert.deepEqual(twice.hosts, ["a.example"]);
  assert.deepEqual(allowHost(twice, "a.example", false).hosts, []);
});

test("the button counts what it gives away", () => {
  assert.equal(consentVerb(3, "Install"), "Grant 3 and install");
  assert.equal(consentVerb(0, "Install"), "Install");
});

test("sentences of the CLI are written with their facts", () => {
  assert.equal(
    sentence("upgraded", { extension: "acme/notes", version: "1.4.0", before: "1.3.2" }),
    "acme/notes@1.4.0 runs instead of 1.3.2",
  );
  assert.equal(sentence("grant_many", { count: 3 }), "Grant these 3 to this tenant?");
});

const BEFORE = factsOf(
  {
    "x-annex-egress": ["a.example", "b.example"],
    events: [{ topic: "ticket.created" }, { topic: "ticket.closed" }],
    api: { endpoints: [{ method: "GET", path: "/notes" }] },
  },
  ["cap:http.fetch", "cap:events.subscribe", "cap:storage.kv", "cap:client.read"],
);

test("an upgrade's rights fall into four groups, and the unchanged ones are set apart", () => {
  const after = factsOf(
    {
      "x-annex-egress": ["a.example", "b.example", "c.example"],
      events: [{ topic: "ticket.created" }],
      api: {
        endpoints: [
          { method: "GET", path: "/notes" },
          { method: "POST", path: "/notes" },
        ],
      },
      secretRotation: { maxAgeDays: 90 },
    },
    ["cap:http.fetch", "cap:events.subscribe", "cap:storage.kv", "cap:secrets.get"],
  );

  const difference = differenceOf(BEFORE, after);

  const names = (group: "added" | "widened" | "narrowed" | "removed" | "unchanged") =>
    difference[group].map(({ capability }) => capability);
  assert.deepEqual(names("added"), ["cap:secrets.get"]);
  assert.deepEqual(names("widened"), ["cap:http.fetch"]);
  assert.deepEqual(names("narrowed"), ["cap:events.subscribe"]);
  assert.deepEqual(names("removed"), ["cap:client.read"]);
  assert.deepEqual(names("unchanged"), ["cap:storage.kv"]);
  assert.deepEqual(difference.widened[0]?.before, ["a.example", "b.example"]);
  assert.deepEqual(difference.newHosts, ["c.example"]);
  assert.deepEqual(difference.notes, [
    "Answers POST /notes from now on.",
    "Its secrets are overdue after 90 days.",
  ]);
  assert.equal(needsConsent(difference, []), true);
  assert.equal(newRights(difference, ["cap:secrets.get"]), 1);
});

test("hosts that come while others go are a widening: it reaches further", () => {
  const after = factsOf({ "x-annex-egress": ["z.example"], events: [] }, ["cap:http.fetch"]);

  const difference = differenceOf(factsOf({ "x-annex-egress": ["a.example"] }, ["cap:http.fetch"]), after);

  assert.equal(difference.widened.length, 1);
  assert.equal(difference.narrowed.length, 0);
});

test("nothing new and nothing wider needs no consent", () => {
  const fewer = factsOf({}, ["cap:storage.kv"]);

  assert.equal(needsConsent(differenceOf(BEFORE, fewer), []), false);
  assert.equal(needsConsent(differenceOf(BEFORE, BEFORE), []), false);
});

test("what was refused before and is asked for again needs no second answer", () => {
  const difference = differenceOf(factsOf({}, []), factsOf({}, ["cap:storage.kv"]));

  assert.equal(needsConsent(difference, ["cap:storage.kv"]), false);
});

test("the banner counts new rights in words", () => {
  assert.equal(
    waitingSentence("1.4.0", "1.3.2", 1),
    "1.4.0 asks for one new right. 1.3.2 keeps running until you decide.",
  );
  assert.match(waitingSentence("2.0.0", "1.3.2", 3), /asks for 3 new rights/u);
});

test("a manifest that is no object has no facts and breaks nothing", () => {
  for (const manifest of [null, 7, "x", [], { api: 3, events: {}, ui: [], "x-annex-egress": "a" }])
    assert.deepEqual(scopeOf("cap:http.fetch", factsOf(manifest)), []);
});
