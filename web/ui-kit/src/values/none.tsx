import { useStrings } from "../strings/strings-provider.tsx";

/** What stands where there is no value. */
export function None() {
  const strings = useStrings();
  return (
    <span className="annex-none">
      <span aria-hidden="true">{strings.none}</span>
      <span className="annex-hidden">{strings.noneRead}</span>
    </span>
  );
}
