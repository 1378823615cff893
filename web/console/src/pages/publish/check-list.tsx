import { Section, Spinner, StatusText } from "@annex/ui-kit";
import { CHECKS, type CheckId, failedCheck } from "../../publish/checks.ts";
import type { PublishState } from "../../publish/publish-state.ts";

const WORDS = {
  waiting: { word: "Waiting", tone: "neutral" },
  running: { word: "Checking", tone: "info" },
  passed: { word: "Passed", tone: "success" },
  failed: { word: "Failed", tone: "danger" },
  untold: { word: "Not told", tone: "neutral" },
} as const;

/** The four checks, with what the registry said of them. */
export function CheckList({ state }: { state: PublishState }) {
  const { step } = state;
  if (step === "idle" || step === "hashing" || step === "ready" || step === "open") return null;
  return (
    <Section title="Checks">
      <ul className="checks">
        {CHECKS.map(({ id, label }) => {
          const outcome = outcomeOf(id, state);
          const { word, tone } = WORDS[outcome];
          return (
            <li key={id}>
              {outcome === "running" ? <Spinner label="Checking" /> : null} {label}{" "}
              <StatusText tone={tone}>{word}</StatusText>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function outcomeOf(id: CheckId, state: PublishState): keyof typeof WORDS {
  switch (state.step) {
    case "checking":
      return "running";
    case "published":
      return "passed";
    case "refused": {
      const failed = failedCheck(state.error.code);
      return failed === id ? "failed" : "untold";
    }
    case "sending":
      return "waiting";
    default:
      return "untold";
  }
}
