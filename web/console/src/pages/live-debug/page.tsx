import { useQuery } from "@tanstack/react-query";
import { ApiError } from "../../api/api-error.ts";
import { answerOf, api } from "../../api/client.ts";
import { LiveConsole } from "../../live-debug/live-console.tsx";
import { useExtension } from "../../shell/extension-context.ts";
import { Empty } from "../../states/empty.tsx";
import { Queried } from "../../states/queried.tsx";

/** What an extension writes, as it writes it. */
export default function LiveDebugPage() {
  const { segment, extension } = useExtension();
  const terms = useQuery({
    queryKey: ["debug-terms", segment],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/debug/terms", { params: { query: { extension: segment } }, signal })),
    refetchOnWindowFocus: false,
  });
  if (terms.error instanceof ApiError && terms.error.code === "DEBUG_NOT_GRANTED") return <Off />;
  return (
    <Queried query={terms} what="the terms of live debug" permission="extension:debug">
      {({ session_seconds }) => (
        <LiveConsole
          key={segment}
          extension={{ segment, name: extension }}
          sessionSeconds={session_seconds}
        />
      )}
    </Queried>
  );
}

function Off() {
  return (
    <Empty title="Live debug is off">
      <p>Live debug is off for this extension. An admin can allow it under Capabilities.</p>
    </Empty>
  );
}
