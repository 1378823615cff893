import assert from "node:assert/strict";
import { test } from "node:test";
import { renderToStaticMarkup as drawn } from "react-dom/server";
import { wordsOf } from "../src/consent/capability-words.ts";
import { ConsentList } from "../src/consent/consent-list.tsx";
import { consentStart } from "../src/consent/consent-start.ts";
import { factsOf } from "../src/consent/manifest-facts.ts";

test("each capability that is asked for is said once, as the name of its choice", () => {
  const names = ["cap:http.fetch", "cap:storage.kv", "cap:client.read"];
  const facts = factsOf({}, names);

  const html = drawn(<ConsentList facts={facts} choice={consentStart(facts)} onChange={() => undefined} />);

  for (const { verb, object } of names.map(wordsOf)) {
    assert.equal(html.split(`${verb} ${object}`).length - 1, 1);
    assert.ok(html.includes(`<legend class="annex-label">${verb} ${object}</legend>`));
  }
});
