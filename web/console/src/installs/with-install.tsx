/** Shows a page of the present install, or that there is none. */

import type { ReactNode } from "react";
import { Queried } from "../states/queried.tsx";
import { NotInstalled } from "./not-installed.tsx";
import type { InstallView } from "./types.ts";
import { useInstall } from "./use-installs.ts";

export function WithInstall({ children }: { children: (install: InstallView) => ReactNode }) {
  return (
    <Queried query={useInstall()} what="the install" permission="extension:read">
      {({ install }) => (install === null ? <NotInstalled /> : children(install))}
    </Queried>
  );
}
