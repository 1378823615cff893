import { HostError } from "../host-error.js";

// Ends a host call as the platform does: with the case of the WIT.
export function refuse(functionName, code) {
  throw new HostError(functionName, code);
}
