import { Alert, CopyButton, Link, Section } from "@annex/ui-kit";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { answerOf, api } from "../../api/client.ts";
import { commandLine } from "../../commands/annex-command.ts";
import { callCommand, executionCommand } from "../../commands/running-commands.ts";
import type { Execution } from "../../executions/execution.ts";
import { ExchangeFacts, ExecutionIds } from "../../executions/execution-facts.tsx";
import { ExecutionLines } from "../../executions/execution-lines.tsx";
import { ExecutionStatus } from "../../executions/execution-status.tsx";
import { failureSentence } from "../../executions/execution-words.ts";
import { HostCalls } from "../../executions/host-calls.tsx";
import { useLimits } from "../../executions/use-limits.ts";
import { UsedLimits } from "../../executions/used-limits.tsx";
import { useExtensionNames } from "../../installs/use-extension-names.ts";
import { useInstalls } from "../../installs/use-installs.ts";
import { useTenantPath } from "../../session/use-tenant-path.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { Queried } from "../../states/queried.tsx";
import { CopyCommand } from "../../writing/copy-command.tsx";

const RUNNING_MS = 1_000;

/** One execution, under an address that can be sent to somebody. */
export default function ExecutionPage() {
  const { execution: id = "" } = useParams();
  const query = useQuery({
    queryKey: ["execution", id],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/executions/{execution_id}", { params: { path: { execution_id: id } }, signal }),
      ),
    refetchInterval: ({ state }) => (state.data?.status === "started" ? RUNNING_MS : false),
  });
  return (
    <>
      {query.data === undefined && <PageHead title="Execution" id={{ value: id, name: "execution id" }} />}
      <Queried query={query} what="the execution" permission="extension:read">
        {(execution) => <Details execution={execution} />}
      </Queried>
    </>
  );
}

function Details({ execution }: { execution: Execution }) {
  const { execution_id, extension_id, install_id, method, endpoint } = execution;
  const nameOf = useExtensionNames();
  const installs = useInstalls();
  const tenantPath = useTenantPath();
  const install = installs.data?.find((one) => one.install_id === install_id);
  const limits = useLimits(installs.isSuccess ? extension_id : undefined, install?.limits ?? {});
  const name = nameOf(extension_id);
  const failure = failureSentence(execution);
  return (
    <>
      <PageHead
        title={`${method} ${endpoint ?? "–"}`}
        status={<ExecutionStatus execution={execution} />}
        subtitle={
          name === null ? (
            "of an extension that is not installed any more"
          ) : (
            <Of name={name} path={tenantPath} />
          )
        }
        id={{ value: execution_id, name: "execution id" }}
        actions={
          name !== null && endpoint ? <Replay extension={name} method={method} path={endpoint} /> : undefined
        }
      />
      {failure !== null && (
        <Alert
          tone={execution.status === "policy_denied" ? "warning" : "danger"}
          title={failure}
          announce="none"
        >
          {execution.code && (
            <p>
              Code <code>{execution.code}</code>. <code>annex explain {execution.code}</code> says what to do.
            </p>
          )}
        </Alert>
      )}
      <div className="two-columns">
        <Section title="What it used" description="Beside the limits that hold now." card>
          <UsedLimits execution={execution} limits={limits.data ?? null} />
        </Section>
        <Section title="Host calls" card>
          <HostCalls usage={execution.usage} />
        </Section>
        <Section title="Request and answer" card>
          <ExchangeFacts execution={execution} />
        </Section>
        <Section title="Ids" card>
          <ExecutionIds execution={execution} />
        </Section>
      </div>
      <Section title="Log lines" card>
        <ExecutionLines execution={execution} extension={name} />
      </Section>
      <CopyCommand command={executionCommand(execution_id)} />
    </>
  );
}

function Of({ name, path }: { name: string; path: (path: string) => string }) {
  return (
    <>
      of <Link href={path(`/extensions/${name}/executions`)}>{name}</Link>
    </>
  );
}

/** The call as a command; values of the path are to be filled in, for they are not recorded. */
function Replay(call: { extension: string; method: string; path: string }) {
  return (
    <CopyButton
      value={commandLine(callCommand(call))}
      what="annex call command"
      text="Replay with annex call"
    />
  );
}
