// What an extension's own code imports.
export { HostError } from "./host-error.js";
export { jsonResponse } from "./json-response.js";
