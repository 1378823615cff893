export interface SkeletonProps {
  /** Lines of text, or one block of the given height. Default one line. */
  lines?: number | undefined;
  shape?: "text" | "block" | "circle" | undefined;
}

/** The outline of what is coming, shown after 200 ms; hidden from screen readers, the region says it loads. */
export function Skeleton({ lines = 1, shape = "text" }: SkeletonProps) {
  return (
    <span className="annex-skeleton" aria-hidden="true">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike
        <span key={index} className="annex-skeleton-shape" data-shape={shape} />
      ))}
    </span>
  );
}
