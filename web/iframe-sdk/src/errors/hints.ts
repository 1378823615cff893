import type { ErrorCode } from "../contract/messages.ts";

/** The hint of those that may succeed when they are tried again. */
export const AGAIN = "Try again in a moment.";
const LESS = "Send less than 64 kB.";
const RELOAD = "Reload the page.";
const ADMINISTRATOR = "Ask an administrator.";

/** What to do about each code, in one sentence. */
export const HINTS: Readonly<Record<ErrorCode, string>> = {
  HOST_UNREACHABLE: "Open it in the console.",
  HOST_REFUSED: RELOAD,
  PROTOCOL_MISMATCH: "Use another version of the SDK.",
  DISCONNECTED: RELOAD,
  TIMEOUT: AGAIN,
  CANCELLED: "Nothing.",
  UNSUPPORTED: "Ask host.features first.",
  INVALID_ARGUMENT: "Correct the argument.",
  MESSAGE_TOO_LARGE: LESS,
  STATE_TOO_LARGE: LESS,
  BRIDGE_BUSY: AGAIN,
  ROUTE_REFUSED: "Use a path of the extension's own API.",
  DENIED: "Ask when the person wants it.",
  HOST_FAILED: AGAIN,
  SESSION_ENDED: "Sign in again.",
  PERMISSION_DENIED: ADMINISTRATOR,
  ENDPOINT_NOT_FOUND: "Declare the endpoint in the manifest.",
  EXTENSION_UNAVAILABLE: ADMINISTRATOR,
  RATE_LIMITED: AGAIN,
  EXTENSION_REFUSED: "Look at status and data.",
  EXTENSION_FAILED: "Look into its debug console.",
  PLATFORM_UNAVAILABLE: AGAIN,
};
