// In place of "@annex/iframe-sdk" while you develop: the same, with warnings.
export * from "../index.ts";
export { connect } from "./connect.ts";
export type { Warn, Warning, WarningCode } from "./warning.ts";
export { withWarnings } from "./with-warnings.ts";
