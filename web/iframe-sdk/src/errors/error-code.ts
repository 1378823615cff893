export type { ErrorCode } from "../contract/messages.ts";
