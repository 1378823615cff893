import type { AnyRoutes } from "../guest/api-of.ts";
import { connect as connectPlain } from "../guest/connect.ts";
import type { Host } from "../guest/host.ts";
import type { ConnectOptions } from "../guest/shake-hands.ts";
import type { Warn } from "./warning.ts";
import { withWarnings } from "./with-warnings.ts";

const toConsole: Warn = ({ code, message }) => {
  // biome-ignore lint/suspicious/noConsole: this entry is for the developer's console.
  console.warn(`[annex] ${code}: ${message}`);
};

let connections = 0;

/** As `connect`, with warnings. Import it from `@annex/iframe-sdk/dev` while you develop. */
export async function connect<Routes = AnyRoutes>(
  options: ConnectOptions & { readonly warn?: Warn } = {},
): Promise<Host<Routes>> {
  const { warn = toConsole, ...rest } = options;
  connections += 1;
  if (connections > 1) {
    warn({ code: "CONNECTED_TWICE", message: "connect() was called again; keep its answer." });
  }
  return withWarnings(await connectPlain(rest), warn) as Host as unknown as Host<Routes>;
}
