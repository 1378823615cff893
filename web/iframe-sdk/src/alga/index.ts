// The names that extensions for Alga import, over the bridge of this SDK: only the import changes.
export { AnnexError } from "../errors/annex-error.ts";
export { applyTheme } from "./apply-theme.ts";
export { type CallHandlerJsonOptions, callHandlerJson } from "./call-handler-json.ts";
export { connect } from "./connect.ts";
export { getToken } from "./get-token.ts";
export {
  type BridgeOptions,
  type HostToClientMessage,
  IframeBridge,
  type ProxyMethod,
} from "./iframe-bridge.ts";
export { navigate } from "./navigate.ts";
export { subscribeTheme } from "./subscribe-theme.ts";
export { useAuthToken } from "./use-auth-token.ts";
export { useBridge } from "./use-bridge.ts";
export { useResize } from "./use-resize.ts";
export { useTheme } from "./use-theme.ts";
