import { Button, Empty } from "@annex/ui-kit";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { logsCommand } from "../commands/running-commands.ts";
import { gatewayLines } from "../live-debug/gateway-lines.ts";
import { LineText } from "../live-debug/line-text.tsx";
import { useCan } from "../session/use-can.ts";
import { NoPermission } from "../states/no-permission.tsx";
import { Queried } from "../states/queried.tsx";
import { CopyCommand } from "../writing/copy-command.tsx";
import type { Execution } from "./execution.ts";

/** The most the platform keeps of an extension. */
const TAIL = 2_000;

/** The lines of one execution, as far as they are kept; looking at them is recorded, so somebody asks first. */
export function ExecutionLines({ execution, extension }: { execution: Execution; extension: string | null }) {
  const isAllowed = useCan("extension:debug");
  const [isAsked, setIsAsked] = useState(false);
  const { request_id, runner_execution_id, extension_id } = execution;
  const query = useQuery({
    queryKey: ["execution-lines", execution.execution_id],
    enabled: isAsked,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    queryFn: async ({ signal }) => {
      const source = gatewayLines({ extension: extension_id, requestId: request_id, tail: TAIL });
      const { lines } = await source.poll(null, signal);
      return lines.filter((line) => line.executionId === "" || line.executionId === runner_execution_id);
    },
  });
  if (!isAllowed) {
    return (
      <NoPermission permission="extension:debug" sentence="You can see this execution but not its lines." />
    );
  }
  if (!isAsked) {
    return (
      <p className="ask-first">
        <Button onClick={() => setIsAsked(true)}>Show log lines</Button>
        <span className="muted">That you looked is recorded in Audit.</span>
      </p>
    );
  }
  return (
    <Queried query={query} what="log lines" permission="extension:debug">
      {(lines) =>
        lines.length === 0 ? (
          <Empty>
            No lines of this execution are kept: it wrote none, or too many others came since. About 2,000
            lines of an extension are kept, for a day.
          </Empty>
        ) : (
          <>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
            <ol className="log-lines" tabIndex={0} aria-label="Log lines">
              {lines.map((line) => (
                <li key={line.lineId || `${line.ts} ${line.message}`} data-level={line.level}>
                  <LineText line={line} terms={[]} />
                </li>
              ))}
            </ol>
            {extension !== null && runner_execution_id && (
              <CopyCommand
                command={logsCommand({ extension, follow: false, execution: runner_execution_id })}
              />
            )}
          </>
        )
      }
    </Queried>
  );
}
