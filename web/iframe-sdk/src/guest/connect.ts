import type { AnyRoutes } from "./api-of.ts";
import type { Host } from "./host.ts";
import { type ConnectOptions, shakeHands } from "./shake-hands.ts";

let connected: Promise<Host> | undefined;

/**
 * Find the page that shows this one. Settles in bounded time: with the host, or with HOST_UNREACHABLE,
 * HOST_REFUSED or PROTOCOL_MISMATCH. A page has one connection; asking again answers the same.
 */
export function connect<Routes = AnyRoutes>(options: ConnectOptions = {}): Promise<Host<Routes>> {
  connected ??= shakeHands(options).catch((error: unknown) => {
    connected = undefined;
    throw error;
  });
  return connected as Promise<unknown> as Promise<Host<Routes>>;
}
