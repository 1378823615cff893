/** What a principal ran in the last 24 hours, as far as one page of the record shows. */

export interface RanCall {
  readonly extension_id: string;
  readonly started_at: string;
}

/** "Its principal ran 12 calls in the last 24 hours." `isMore`: the page was full. */
export function recentUse(items: readonly RanCall[], isMore: boolean): string {
  if (items.length === 0 && !isMore) return "Nothing ran on behalf of its principal in the last 24 hours.";
  const extensions = new Set(items.map(({ extension_id }) => extension_id)).size;
  const count = `${isMore ? "at least " : ""}${items.length} ${items.length === 1 ? "run" : "runs"}`;
  const of = extensions === 1 ? "one extension" : `${extensions} extensions`;
  return `On behalf of its principal there were ${count} of ${of} in the last 24 hours.`;
}
