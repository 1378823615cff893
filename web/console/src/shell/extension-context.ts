/** The extension whose pages are shown: `/t/{tenant}/extensions/{publisher}/{name}/…`. */

import { createContext, use } from "react";

export interface ShownExtension {
  readonly publisher: string;
  readonly name: string;
  /** `publisher/name`, as it is shown. */
  readonly extension: string;
  /** `publisher.name`, as one segment of an address of the API. */
  readonly segment: string;
  /** Makes addresses below this extension: `path("/versions")`. */
  readonly path: (below: string) => string;
}

export const ExtensionContext = createContext<ShownExtension | null>(null);

export function useExtension(): ShownExtension {
  const shown = use(ExtensionContext);
  if (shown === null) throw new TypeError("useExtension is called outside an extension's pages.");
  return shown;
}
