/** Where one is among a few steps; each step can be gone back to, and nothing typed is lost. */

export interface StepListProps {
  readonly steps: readonly { readonly name: string; readonly title: string }[];
  readonly current: string;
  readonly onGo: (name: string) => void;
}

export function StepList({ steps, current, onGo }: StepListProps) {
  return (
    <nav aria-label="Steps">
      <ol className="steps">
        {steps.map(({ name, title }, place) => (
          <li key={name}>
            <button
              type="button"
              aria-current={name === current ? "step" : undefined}
              onClick={() => onGo(name)}
            >
              {place + 1}. {title}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
