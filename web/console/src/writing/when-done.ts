/**
 * Goes on when a change is made, also where the component that asked for it is gone by then: what was read
 * again meanwhile may have replaced it. A refusal is kept, and shown, by the mutation itself.
 */
export function whenDone<Answer>(change: Promise<Answer>, next: (answer: Answer) => void): void {
  change.then(next, () => {});
}
