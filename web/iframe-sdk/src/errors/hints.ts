import type { ErrorCode } from "../contract/messages.ts";

/** What to do about each code, in one sentence. */
export const HINTS: Readonly<Record<ErrorCode, string>> = {
  HOST_UNREACHABLE: "Open the page inside the console or annex dev.",
  HOST_REFUSED: "Reload the page that shows the extension.",
  PROTOCOL_MISMATCH: "Use a version of the SDK that this host knows.",
  DISCONNECTED: "Reload the extension's page.",
  TIMEOUT: "Try again.",
  CANCELLED: "Nothing: the caller ended it.",
  UNSUPPORTED: "Ask host.features before using it.",
  INVALID_ARGUMENT: "Correct the argument named in the message.",
  MESSAGE_TOO_LARGE: "Send less than 64 KiB at a time.",
  STATE_TOO_LARGE: "Keep less than 64 kB; put the rest into the extension's storage.",
  BRIDGE_BUSY: "Send fewer messages: 50 a second, 32 calls at once.",
  ROUTE_REFUSED: "Use a path below the extension's own API, such as /notes/7.",
  DENIED: "Ask for it again when the person wants it.",
  HOST_FAILED: "Try again; the host's console says more.",
  SESSION_ENDED: "Sign in again.",
  PERMISSION_DENIED: "Ask an administrator for the permission.",
  ENDPOINT_NOT_FOUND: "Declare the endpoint in the manifest.",
  EXTENSION_UNAVAILABLE: "Ask an administrator whether the extension is enabled.",
  RATE_LIMITED: "Wait, then try again.",
  EXTENSION_REFUSED: "Look at status and data.",
  EXTENSION_FAILED: "Look at the extension's debug console by requestId.",
  PLATFORM_UNAVAILABLE: "Try again in a moment.",
};
