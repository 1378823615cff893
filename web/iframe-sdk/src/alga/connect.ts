import type { AnyRoutes } from "../guest/api-of.ts";
import type { Host } from "../guest/host.ts";
import { type ConnectOptions, shakeHands } from "../guest/shake-hands.ts";
import { algaDialect } from "./alga-dialect.ts";

let connected: Promise<Host> | undefined;

/**
 * As `connect`, and with hosts of envelope v1 too: there `features` is empty, and only calls, `token`,
 * `navigate` and `resize` work; the rest is UNSUPPORTED.
 */
export function connect<Routes = AnyRoutes>(options: ConnectOptions = {}): Promise<Host<Routes>> {
  connected ??= shakeHands(options, algaDialect).catch((error: unknown) => {
    connected = undefined;
    throw error;
  });
  return connected as Promise<unknown> as Promise<Host<Routes>>;
}
