/** What somebody is about to grant and refuse, once more and in full, before the button. */

import { Code, KeyValue } from "@annex/ui-kit";
import { askedOf } from "./capability-words.ts";
import { type ConsentChoice, HTTP_FETCH } from "./consent-choice.ts";
import type { ManifestFacts } from "./manifest-facts.ts";

export function ConsentSummary({ choice, facts }: { choice: ConsentChoice; facts: ManifestFacts }) {
  const asked = askedOf(facts.capabilities);
  const lines = (decision: string) =>
    asked
      .filter(({ name }) => choice.decisions[name] === decision)
      .map(({ name, verb, object }) => (
        <li key={name}>
          {verb} {object}
          {name === HTTP_FETCH && <HostList hosts={choice.hosts} />}
        </li>
      ));
  const [granted, refused] = [lines("granted"), lines("refused")];
  return (
    <KeyValue
      items={[
        { label: "Granted", value: granted.length > 0 ? <ul>{granted}</ul> : "nothing" },
        { label: "Refused", value: refused.length > 0 ? <ul>{refused}</ul> : "nothing" },
      ]}
    />
  );
}

function HostList({ hosts }: { hosts: readonly string[] }) {
  if (hosts.length === 0) return <>: no host</>;
  return (
    <>
      :{" "}
      {hosts.map((host, place) => (
        <span key={host}>
          {place > 0 && ", "}
          <Code>{host}</Code>
        </span>
      ))}
    </>
  );
}
