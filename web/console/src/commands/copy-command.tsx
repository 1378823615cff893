import { CopyButton } from "@annex/ui-kit";
import { type Command, commandLine } from "./command.ts";

/** Copies what an action is called in a terminal. */
export function CopyCommand({ command }: { command: Command }) {
  return <CopyButton value={commandLine(command)} what="as annex command" text="Copy as annex command" size="small" />;
}
