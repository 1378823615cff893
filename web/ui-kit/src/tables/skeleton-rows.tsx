import { Skeleton } from "../feedback/skeleton.tsx";
import { tableRoles as role } from "./table-roles.ts";

/** Five rows of outlines under the real columns. */
export function SkeletonRows({ columns }: { columns: number }) {
  return [0, 1, 2, 3, 4].map((row) => (
    <tr key={row} {...role.row} className="annex-skeleton-row" aria-hidden="true">
      {Array.from({ length: columns }, (_, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the cells are all alike
        <td key={column} {...role.cell}>
          <Skeleton />
        </td>
      ))}
    </tr>
  ));
}
