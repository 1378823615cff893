/** "Copy as annex command": the same change for a terminal or a script. */

import { CopyButton } from "@annex/ui-kit";
import { type AnnexCommand, commandLine } from "../commands/annex-command.ts";

export function CopyCommand({ command }: { command: AnnexCommand }) {
  return <CopyButton value={commandLine(command)} text="Copy as annex command" />;
}
