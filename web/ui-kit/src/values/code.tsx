import { CopyButton } from "../actions/copy-button.tsx";

export interface CodeProps {
  children: string;
  /** Lines of their own, with a button that copies them. */
  block?: boolean | undefined;
  /** What a block is, for screen readers and the button: "command". */
  label?: string | undefined;
}

/** A name, a command or a few lines of code. */
export function Code({ children, block = false, label }: CodeProps) {
  if (!block) return <code className="annex-code">{children}</code>;
  return (
    <div className="annex-code-block">
      {/* biome-ignore lint/a11y/useSemanticElements: a group of lines, not of fields */}
      <pre
        role="group"
        aria-label={label ?? "code"}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <code>{children}</code>
      </pre>
      <CopyButton value={children} what={label} />
    </div>
  );
}
