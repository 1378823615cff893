/** Somebody else saved meanwhile: what they changed, what I changed, and what both did. */

import { Alert, Button, Code, Stack } from "@annex/ui-kit";
import { configChanges, mergedConfig, settingText } from "../../config-form/config-changes.ts";
import { ConfigDifference } from "../../config-form/config-difference.tsx";
import type { Config } from "../../config-form/form-values.ts";
import type { InstallView } from "../../installs/types.ts";
import { useInstall } from "../../installs/use-installs.ts";
import { Queried } from "../../states/queried.tsx";

export interface ConfigConflictProps {
  /** As it was when I began. */
  readonly base: InstallView;
  readonly mine: Config;
  readonly onTake: (theirs: InstallView, config: Config) => void;
}

export function ConfigConflict({ base, mine, onTake }: ConfigConflictProps) {
  return (
    <Queried query={useInstall()} what="what was saved meanwhile" permission="extension:read">
      {({ install }) =>
        install === null || install.revision === base.revision ? null : (
          <Both base={base} theirs={install} mine={mine} onTake={onTake} />
        )
      }
    </Queried>
  );
}

function Both({ base, theirs, mine, onTake }: ConfigConflictProps & { theirs: InstallView }) {
  const { merged, both } = mergedConfig(base.config, theirs.config, mine);
  return (
    <Alert
      tone="warning"
      title={`Somebody else changed ${base.extension} meanwhile. Nothing of yours was saved.`}
      actions={
        <>
          <Button variant="primary" onClick={() => onTake(theirs, merged)}>
            {both.length === 0 ? "Put both together" : "Put both together, mine where both changed"}
          </Button>
          <Button onClick={() => onTake(theirs, theirs.config)}>Take theirs, drop mine</Button>
        </>
      }
    >
      <Stack>
        <ConfigDifference changes={configChanges(base.config, theirs.config)} caption="What they changed" />
        {both.length > 0 && (
          <>
            <p>Both of you changed:</p>
            <ul>
              {both.map((name) => (
                <li key={name}>
                  <Code>{name}</Code>: theirs <Code>{settingText(theirs.config[name])}</Code>, yours{" "}
                  <Code>{settingText(mine[name])}</Code>
                </li>
              ))}
            </ul>
          </>
        )}
      </Stack>
    </Alert>
  );
}
