/** What a tenant should look at first: at most three, the worst first. */

export interface Problem {
  readonly kind: "failing" | "consent" | "quota";
  readonly text: string;
  /** Below the tenant's address. */
  readonly path: string;
}

export const MOST_PROBLEMS = 3;

export interface Activity {
  readonly extension_id: string;
  readonly failures: number;
  readonly runs: number;
  readonly last_status: string;
}

export interface Installed {
  readonly extension: string;
  readonly extension_id: string;
  readonly is_enabled: boolean;
  readonly undecided: readonly string[];
}

export interface QuotaNear {
  readonly name: string;
  readonly words: string;
}

const FAILED = new Set(["error", "timeout"]);

/** Whether an extension fails now: its last run did, and so do not few of those of the last day. */
export function isFailing({ failures, last_status }: Activity): boolean {
  return failures > 0 && FAILED.has(last_status);
}

/** Every problem of a kind is one line where there are many of them, so that each kind has its place. */
export function problemsOf(
  installs: readonly Installed[],
  activity: readonly Activity[],
  quotas: readonly QuotaNear[],
): Problem[] {
  const failing = new Map(activity.filter(isFailing).map((one) => [one.extension_id, one]));
  const problems = [
    ...installs.flatMap(({ extension, extension_id, is_enabled }): Problem[] => {
      const found = is_enabled ? failing.get(extension_id) : undefined;
      if (found === undefined) return [];
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
