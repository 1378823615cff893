// What an extension's own code imports.
export { callProxyJson } from "./call-proxy-json.js";
export { emptyResponse } from "./empty-response.js";
export { HostError } from "./host-error.js";
export { jsonResponse } from "./json-response.js";
export { createMockHostBindings } from "./mock/create-mock-host-bindings.js";
export { normalizeUserData } from "./normalize-user-data.js";
export { readJson } from "./read-json.js";
