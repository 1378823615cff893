/** What a tenant should look at first: at most three, the worst first. */

import { type Activity, stateOf } from "../extensions/extension-state.ts";
import type { InstallView } from "../installs/types.ts";

export interface Problem {
  readonly kind: "failing" | "consent" | "quota";
  readonly text: string;
  /** Below the tenant's address. */
  readonly path: string;
}

export const MOST_PROBLEMS = 3;

export interface QuotaNear {
  readonly name: string;
  readonly words: string;
}

export function problemsOf(
  installs: readonly InstallView[],
  activity: readonly Activity[],
  quotas: readonly QuotaNear[],
): Problem[] {
  const activities = new Map(activity.map((one) => [one.extension_id, one]));
  const problems = [
    ...installs.flatMap((install): Problem[] => {
      const { extension, extension_id } = install;
      const found = activities.get(extension_id);
      if (found === undefined || stateOf(install, found) !== "failing") return [];
      const text = `${extension} is failing: ${found.failures} of ${found.runs} runs in 24 hours`;
      return [{ kind: "failing", text, path: `/extensions/${extension}/executions?range=24h&status=error` }];
    }),
    ...installs.flatMap(({ extension, undecided }): Problem[] =>
      undecided.length === 0
        ? []
        : [
            {
              kind: "consent",
              text: `${extension} waits for your consent to ${undecided.length === 1 ? "1 right" : `${undecided.length} rights`}`,
              path: `/extensions/${extension}/capabilities`,
            },
          ],
    ),
    ...quotas.map(
      ({ name, words }): Problem => ({ kind: "quota", text: `${name}: ${words}`, path: "/usage" }),
    ),
  ];
  return firstOfEach(problems);
}

/** One of each kind goes before a second of any. */
function firstOfEach(problems: readonly Problem[]): Problem[] {
  const seen = new Map<string, number>();
  return problems
    .map((problem, place) => {
      const turn = seen.get(problem.kind) ?? 0;
      seen.set(problem.kind, turn + 1);
      return { problem, turn, place };
    })
    .toSorted((a, b) => a.turn - b.turn || a.place - b.place)
    .slice(0, MOST_PROBLEMS)
    .toSorted((a, b) => a.place - b.place)
    .map(({ problem }) => problem);
}
