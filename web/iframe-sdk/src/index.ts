// The side of an extension's page.
export type { ConfirmParams, Context, Theme, ToastParams } from "./contract/messages.ts";
export { AnnexError, type ErrorFacts } from "./errors/annex-error.ts";
export type { ErrorCode } from "./errors/error-code.ts";
export type { AnyRoutes } from "./guest/api-of.ts";
export { type ConnectOptions, connect } from "./guest/connect.ts";
export type { ApiMethod, ApiOptions, ApiResult, Host, HostEvents } from "./guest/host.ts";
