// The side of the page that shows an extension.

export { LIMITS } from "../contract/limits.ts";
export type { ApiAnswer, ConfirmParams, Context, Theme, ToastParams } from "../contract/messages.ts";
export { AnnexError } from "../errors/annex-error.ts";
export type { ErrorCode } from "../errors/error-code.ts";
export {
  type BootstrapOptions,
  bootstrapIframe,
  type FrameHandle,
  type FrameState,
} from "./bootstrap-iframe.ts";
export type { BridgeReport, DropReason } from "./bridge-report.ts";
export { buildExtUiSrc, type ExtUiAddress } from "./build-ext-ui-src.ts";
export { confineRoute } from "./confine-route.ts";
export { type GatewayApiOptions, gatewayApi } from "./gateway-api.ts";
export type { HostClock } from "./host-clock.ts";
export type { HostPorts, HostRequest } from "./host-ports.ts";
export { storedState } from "./stored-state.ts";
export { type IssuedToken, TokenKeeper } from "./token-keeper.ts";
