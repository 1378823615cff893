import { Skeleton } from "../feedback/skeleton.tsx";

/** The foot says that rows are loading; their outlines are nothing to read. */
const unread = { "aria-hidden": true } as const;

/** Five rows of outlines under the real columns. */
export function SkeletonRows({ columns }: { columns: number }) {
  return [0, 1, 2, 3, 4].map((row) => (
    <tr key={row} {...unread} className="annex-skeleton-row">
      {Array.from({ length: columns }, (_, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the cells are all alike
        <td key={column}>
          <Skeleton />
        </td>
      ))}
    </tr>
  ));
}
