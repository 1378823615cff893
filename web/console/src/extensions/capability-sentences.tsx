import { Code } from "@annex/ui-kit";
import { askedOf, isGrantedAnyway, shortName } from "../consent/capability-words.ts";

/** What a version may do, in the order of risk; null where its manifest does not say. */
export function CapabilitySentences({ capabilities }: { capabilities: readonly string[] | null }) {
  if (capabilities === null) return <p>The manifest of this version says nothing about it.</p>;
  const asked = askedOf(capabilities);
  const anyway = capabilities.filter(isGrantedAnyway).length;
  if (asked.length === 0) return <p>It asks for nothing beyond what every extension has.</p>;
  return (
    <>
      <ul>
        {asked.map(({ name, verb, object }) => (
          <li key={name}>
            It may {verb} {object}. <Code>{shortName(name)}</Code>
          </li>
        ))}
      </ul>
      {anyway > 0 && <p>And what every extension has: who calls it, and to write log lines.</p>}
    </>
  );
}
