/** One capability as somebody decides about it: sentence, scope, risk group, and the decision. */

import { Badge, Checkbox, Code, RadioGroup } from "@annex/ui-kit";
import { type CapabilityWords, riskLabel, shortName } from "./capability-words.ts";
import { allowHost, type ConsentChoice, decide, HTTP_FETCH } from "./consent-choice.ts";
import { type ManifestFacts, scopeOf } from "./manifest-facts.ts";

export interface CapabilityRowProps {
  readonly words: CapabilityWords;
  readonly facts: ManifestFacts;
  readonly choice: ConsentChoice;
  readonly onChange: (choice: ConsentChoice) => void;
}

const OPTIONS = [
  { value: "granted", label: "Grant" },
  { value: "refused", label: "Refuse" },
];

export function CapabilityRow({ words, facts, choice, onChange }: CapabilityRowProps) {
  const { name } = words;
  const decision = choice.decisions[name];
  const isFetch = name === HTTP_FETCH;
  return (
    <li className="capability">
      <p className="capability-sentence">
        <strong>{words.verb}</strong> {words.object}{" "}
        <Badge tone={words.risk === "inside" || words.risk === "reads" ? "neutral" : "warning"}>
          {riskLabel(words.risk)}
        </Badge>
      </p>
      <p className="capability-name">
        <Code>{shortName(name)}</Code>
        {!isFetch && <Scope items={scopeOf(name, facts)} />}
      </p>
      <RadioGroup
        label={`${words.verb} ${words.object}`}
        inline
        options={OPTIONS}
        value={decision ?? ""}
        onChange={(value) => onChange(decide(choice, name, value === "granted" ? "granted" : "refused"))}
      />
      {isFetch && decision === "granted" && <Hosts hosts={facts.hosts} choice={choice} onChange={onChange} />}
    </li>
  );
}

function Scope({ items }: { items: readonly string[] }) {
  if (items.length === 0) return null;
  return <span> only {new Intl.ListFormat("en").format(items)}</span>;
}

/** Hosts the manifest names, each allowed or closed. */
export function Hosts(props: {
  hosts: readonly string[];
  choice: ConsentChoice;
  onChange: (choice: ConsentChoice) => void;
}) {
  const { hosts, choice, onChange } = props;
  if (hosts.length === 0) return <p>Its manifest names no host, so it calls none.</p>;
  return (
    <fieldset className="hosts">
      <legend>Hosts it may call</legend>
      {hosts.map((host) => (
        <Checkbox
          key={host}
          label={<Code>{host}</Code>}
          checked={choice.hosts.includes(host)}
          onChange={(isAllowed) => onChange(allowHost(choice, host, isAllowed))}
        />
      ))}
    </fieldset>
  );
}
