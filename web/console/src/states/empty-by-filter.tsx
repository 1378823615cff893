import { Button, Empty } from "@annex/ui-kit";

export interface EmptyByFilterProps {
  /** The sentence that names the filters: "No executions match status 5xx and endpoint /notes." */
  readonly sentence: string;
  readonly clear: () => void;
}

/** There is something, but the filters leave nothing of it. */
export function EmptyByFilter({ sentence, clear }: EmptyByFilterProps) {
  return <Empty actions={<Button onClick={clear}>Clear filters</Button>}>{sentence}</Empty>;
}
