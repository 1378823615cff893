/** A line between two groups. */
export function Separator() {
  return <hr className="annex-separator" />;
}
