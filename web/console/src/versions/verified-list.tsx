import { Alert, Button, Code } from "@annex/ui-kit";
import { useMutation } from "@tanstack/react-query";
import { ApiError } from "../api/api-error.ts";
import { answerOf, api } from "../api/client.ts";
import { requireComplete } from "../log/complete-list.ts";
import { LogBroken } from "../log/log-broken.ts";
import { logReader } from "../proofs/log-of-console.ts";

/** A whole log is read up to this size; beyond it the command is the better tool. */
const MOST_ENTRIES = 50_000;
const MOST_PARTS = 200;

/** How many versions there are, and on a press that the log holds exactly these. */
export function VerifiedList({ extension, count }: { extension: string; count: number }) {
  const verify = useMutation({ mutationFn: () => verifyList(extension) });
  const words = count === 1 ? "1 version" : `${count} versions`;
  const command = `annex versions ${extension} --all --verify`;
  return (
    <div className="list-foot">
      <p role="status">
        {verify.isSuccess ? `${words}, complete up to log entry ${verify.data - 1}.` : `${words}.`}
      </p>
      {logReader !== null && (
        <Button size="small" busy={verify.isPending} onClick={() => verify.mutate()}>
          Verify this list
        </Button>
      )}
      {verify.isError && (
        <Alert tone={verify.error instanceof LogBroken ? "danger" : "warning"} title={titleOf(verify.error)}>
          <p>{verify.error.message}</p>
          <Code block label="command">
            {command}
          </Code>
        </Alert>
      )}
    </div>
  );
}

function titleOf(error: Error): string {
  if (error instanceof LogBroken) return "Verification failed";
  return error instanceof ApiError ? "The list could not be checked" : "The list was not checked";
}

/** Reads the whole log and the whole list; returns the size of the log that the list is complete in. */
async function verifyList(extension: string): Promise<number> {
  if (logReader === null) throw new Error("No log key is set for this console.");
  const checkpoint = await logReader.checkpoint();
  if (checkpoint.size > MOST_ENTRIES) {
    throw new Error(`The log has ${checkpoint.size} entries, which is much for a browser. Run the command.`);
  }
  const rows = await allRows(extension);
  const listed = rows
    .filter(({ log_index }) => log_index !== null && log_index < checkpoint.size)
    .map(({ version, content_hash }) => ({ version, contentHash: content_hash }));
  requireComplete(extension, listed, await logReader.entries(checkpoint));
  return checkpoint.size;
}

async function allRows(extension: string) {
  const [publisher = "", name = ""] = extension.split("/");
  const found = [];
  let cursor: string | null = null;
  for (let part = 0; part < MOST_PARTS; part += 1) {
    const query: { limit: number; cursor?: string } =
      cursor === null ? { limit: 100 } : { limit: 100, cursor };
    const params = { path: { publisher, name }, query };
    const answer = await answerOf(api.GET("/api/v1/extensions/{publisher}/{name}/versions", { params }));
    found.push(...answer.items);
    cursor = answer.next_cursor;
    if (cursor === null) return found;
  }
  throw new Error("The list is longer than a browser checks. Run the command.");
}
