/** Everything a version asks for, in order of risk, and what every install has without a question. */

import { CapabilityRow } from "./capability-row.tsx";
import { askedOf, isGrantedAnyway, shortName, wordsOf } from "./capability-words.ts";
import type { ConsentChoice } from "./consent-choice.ts";
import type { ManifestFacts } from "./manifest-facts.ts";

export interface ConsentListProps {
  readonly facts: ManifestFacts;
  /** Only these are asked about; absent: everything the version asks for. */
  readonly capabilities?: readonly string[];
  readonly choice: ConsentChoice;
  readonly onChange: (choice: ConsentChoice) => void;
}

export function ConsentList({
  facts,
  capabilities = facts.capabilities,
  choice,
  onChange,
}: ConsentListProps) {
  const asked = askedOf(capabilities);
  const anyway = capabilities.filter(isGrantedAnyway).map(wordsOf);
  return (
    <>
      <ul className="capabilities">
        {asked.map((words) => (
          <CapabilityRow key={words.name} words={words} facts={facts} choice={choice} onChange={onChange} />
        ))}
      </ul>
      {asked.length === 0 && <p>It asks for nothing that somebody has to agree to.</p>}
      {anyway.length > 0 && (
        <details>
          <summary>{anyway.length} more that every install has</summary>
          <ul>
            {anyway.map(({ name, verb, object }) => (
              <li key={name}>
                {verb} {object} ({shortName(name)})
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
