import { Spinner, type SpinnerProps } from "./spinner.tsx";

export interface LoadingIndicatorProps extends SpinnerProps {
  /** The predecessor's name for `label`. */
  text?: string | undefined;
}

/** A Spinner with its words beside it, in the middle of what is awaited. */
export function LoadingIndicator({ text, label, ...rest }: LoadingIndicatorProps) {
  return (
    <div className="annex-empty">
      <Spinner {...rest} label={label ?? text} showLabel />
    </div>
  );
}
